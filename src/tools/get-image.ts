/** Returns one image. */

import { apiNow } from "../hcloud/api-time.ts";
import { z } from "../schema.ts";
import { defineTool } from "../tool.ts";
import { viewImage } from "../view/images.ts";
import { imageId, imageOutput } from "./shared.ts";

export const getImage = defineTool({
  name: "hcloud_get_image",
  title: "Get image",
  description:
    "Returns one image, without fields that are null, empty or false: no protection means not protected. Sizes are in GB.",
  effect: "read",
  input: z.object({ id: imageId }).strict(),
  output: imageOutput,
  async run({ id }, api) {
    return viewImage(await api.getImage(id), apiNow(api));
  },
});
