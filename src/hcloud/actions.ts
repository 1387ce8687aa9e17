/** Actions of images: reading them, waiting for one, and change protection, which is one. */

import { settle } from "./change.ts";
import type { Clock, Read, Write } from "./client.ts";
import { HcloudError } from "./errors.ts";
import { assertSameId, parseAction, parseActionPage } from "./parse.ts";
import type { Action, ActionPage, Image, ListActionsQuery } from "./types.ts";

interface Session {
  clock: Clock;
  signal: AbortSignal;
  read: Read;
  write: Write;
  getImage(id: number): Promise<Image>;
}

export function createActions({ clock, signal, read, write, getImage }: Session) {
  const getImageAction = async (id: number): Promise<Action> =>
    assertSameId(id, parseAction(await read(`/images/actions/${id}`)));

  async function listActionsForImage(id: number, query: ListActionsQuery): Promise<ActionPage> {
    return parseActionPage(await read(`/images/${id}/actions`, query));
  }

  return {
    getImageAction,
    listActionsForImage,

    /** The action, which may still be running; null when it went through but its answer was lost. */
    async changeImageProtection(id: number, protection: { delete: boolean }): Promise<Action | null> {
      return settle<Action | null>({
        attempt: async () =>
          parseAction(await write("POST", `/images/${id}/actions/change_protection`, protection)),
        async readBack() {
          if ((await getImage(id)).protection.delete === protection.delete) return null;
          const running = await listActionsForImage(id, { status: ["running"], sort: ["id:desc"] });
          return running.actions.find(({ command }) => command === "change_protection");
        },
        signal,
      });
    },

    async listImageActions(query: ListActionsQuery & { id?: number[] | undefined }): Promise<ActionPage> {
      return parseActionPage(await read("/images/actions", query));
    },

    /**
     * The API deprecated this route on 2026-04-30 and will remove it: where it does not know the action, the general
     * route is asked, and the action has to belong to the image.
     */
    async getActionForImage(id: number, actionId: number): Promise<Action> {
      try {
        return assertSameId(actionId, parseAction(await read(`/images/${id}/actions/${actionId}`)));
      } catch (error) {
        if (!isGoneRoute(error)) throw error;
      }
      const action = await getImageAction(actionId);
      if (action.resources.some((resource) => resource.type === "image" && resource.id === id)) return action;
      throw new HcloudError("not_found", `action ${actionId} does not belong to image ${id}`, {
        status: 404,
      });
    },

    /**
     * Polls until the action ends or `until` (the clock's milliseconds) has come, and returns its last known state: when
     * it cannot be read any more it goes on all the same. `onProgress` gets milliseconds waited, and at the most.
     */
    async waitForAction(
      action: Action,
      until: number,
      onProgress: (waited: number, atMost: number) => void,
    ): Promise<Action> {
      const began = clock.now();
      let current = action;
      for (let pause = 500; current.status === "running"; pause = Math.min(pause * 1.5, 5_000)) {
        onProgress(Math.min(clock.now(), until) - began, until - began);
        if (clock.now() + pause >= until) break;
        await clock.sleep(pause, signal);
        try {
          current = await getImageAction(current.id);
        } catch (error) {
          if (error instanceof HcloudError) break;
          throw error;
        }
      }
      return current;
    },
  };
}

/** The route is gone, or it does not know the action; a route that is gone need not answer with an error of the API. */
function isGoneRoute(error: unknown): boolean {
  return error instanceof HcloudError && (error.status === 404 || error.code === "deprecated_api_endpoint");
}
