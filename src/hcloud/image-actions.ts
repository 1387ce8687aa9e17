/** Reads the actions of images, and waits for one to end. */

import type { ApiResponse, Clock } from "./client.ts";
import { HcloudError } from "./errors.ts";
import { assertSameId, parseAction, parseActionPage } from "./parse.ts";
import type { Action, ActionPage, ListActionsQuery } from "./types.ts";

interface Dependencies {
  clock: Clock;
  signal: AbortSignal;
  get(path: string, query?: object): Promise<ApiResponse>;
}

export function createActions({ clock, signal, get }: Dependencies) {
  const getImageAction = async (id: number): Promise<Action> =>
    assertSameId(id, parseAction(await get(`/images/actions/${id}`)));

  return {
    getImageAction,

    async listActionsForImage(id: number, query: ListActionsQuery): Promise<ActionPage> {
      return parseActionPage(await get(`/images/${id}/actions`, query));
    },

    async listImageActions(query: ListActionsQuery & { id?: number[] | undefined }): Promise<ActionPage> {
      return parseActionPage(await get("/images/actions", query));
    },

    /**
     * Returns an action on the image. Throws `not_found` when the action does not belong to the image. The API deprecated this route
     * on 2026-04-30 and will remove it: where the route does not know the action, the general route is asked.
     */
    async getActionForImage(id: number, actionId: number): Promise<Action> {
      try {
        return assertSameId(actionId, parseAction(await get(`/images/${id}/actions/${actionId}`)));
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
     * Polls until the action ends or `until` (in ms of the clock) has come, and returns the action as last read: an action that
     * can no longer be read still goes on. `onProgress` gets the time waited and the longest wait, in ms.
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

/** Whether the route is gone or does not know the action. A removed route may answer without an error object of the API. */
function isGoneRoute(error: unknown): boolean {
  return error instanceof HcloudError && (error.status === 404 || error.code === "deprecated_api_endpoint");
}
