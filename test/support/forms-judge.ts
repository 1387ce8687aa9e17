/** Judges in random calls whether a person agreed to what each change loses. */

import type { Image } from "../../src/hcloud/types.ts";
import type { RecordedRequest } from "../../src/simulator/http.ts";
import { idIn } from "./cleanup.ts";
import type { FormHarness } from "./forms.ts";

/** Compares each change that reaches the cloud with the call's last form and its answer. */
export class LossJudge {
  readonly #harness: FormHarness;
  /** What a person agreed to lose: the images as shown, and the text of the form. */
  agreed: { images: Map<number, Image>; message: string } | null = null;
  /** Whether a person has answered a form of this session. */
  hasAnswered = false;
  readonly wrong: string[] = [];
  losses = 0;

  constructor(harness: FormHarness) {
    this.#harness = harness;
    harness.simulator.intercept = (request) => {
      if (request.method !== "GET") this.#judge(request);
      return undefined;
    };
  }

  #judge(request: RecordedRequest): void {
    const id = idIn(request);
    const image = this.#harness.simulator.state.images.get(id);
    if (!image || !loses(request, image)) return;
    this.losses++;
    const line = `${request.method} ${request.path}`;
    const shown = this.agreed?.images.get(id);
    if (!shown) return void this.wrong.push(`${line} was not agreed to`);
    if (JSON.stringify(shown) !== JSON.stringify(image)) this.wrong.push(`${line} had changed`);
    const { message = "" } = this.agreed ?? {};
    if (!message.includes(String(id)) && !/ and [\d,]+ more$/.test(message))
      this.wrong.push(`${line} was not named by ${message}`);
  }
}

/** Returns whether the image loses anything that cannot be restored. */
function loses({ method, body }: RecordedRequest, image: Image): boolean {
  if (method === "DELETE") return true;
  const {
    delete: isProtected,
    labels: next,
    description,
    type,
  } = JSON.parse(body) as Partial<Image> & { delete?: boolean };
  if (method === "POST") return image.protection.delete && isProtected === false;
  const overwrites = next && Object.entries(image.labels).some(([key, value]) => next[key] !== value);
  return (
    overwrites ||
    (description === "" && image.description !== "") ||
    (type === "snapshot" && image.type !== type)
  );
}
