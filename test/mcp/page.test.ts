/** What clients that show pages get, and that no other client gets any of it. Needs `npm run build`. */

import type { Client } from "@modelcontextprotocol/client";
import { describe, expect, test } from "vitest";
import { EVERY_IMAGE, many, PLAN } from "../support/cleanup.ts";
import { ERAS } from "../support/forms.ts";
import { PAGE_TYPE, SHOWS_PAGES, startPageClient, UI } from "../support/page-client.ts";

const REPORT = "hcloud_report_images";
const PAGE_URI = "ui://hcloud-images/page.html";
const VIEW = "hcloud-images/page";

const CHANGING = [
  "hcloud_delete_images",
  "hcloud_bin_images",
  "hcloud_restore_images",
  "hcloud_edit_image_labels",
  "hcloud_update_image",
  "hcloud_delete_image",
  "hcloud_change_image_protection",
];

/** What clients declare that show no page of this server. */
const OTHERS: Record<string, Record<string, Record<string, unknown>> | null> = {
  "no extension": null,
  "another extension": { "io.example/ui": { mimeTypes: [PAGE_TYPE] } },
  "pages of another type": { [UI]: { mimeTypes: ["text/html"] } },
  "pages of no type": { [UI]: {} },
  "types that are no list": { [UI]: { mimeTypes: PAGE_TYPE } },
};

type Listed = Awaited<ReturnType<Client["listTools"]>>["tools"];

const metaOf = (tools: Listed) =>
  Object.fromEntries(tools.flatMap(({ name, _meta }) => (_meta ? [[name, _meta]] : [])));

describe.each(ERAS)("in version %s", (era) => {
  test("the two tools that have a page name it, and no page may call a tool that changes something", async () => {
    const { client } = await startPageClient({ era });
    const { tools } = await client.listTools();
    const shown = { ui: { resourceUri: PAGE_URI, visibility: ["model", "app"] } };
    expect(metaOf(tools)).toEqual({
      [PLAN]: shown,
      [REPORT]: shown,
      ...Object.fromEntries(CHANGING.map((name) => [name, { ui: { visibility: ["model"] } }])),
    });
  });

  test.each(Object.keys(OTHERS))("tools/list is identical for a client with %s", async (what) => {
    const { client } = await startPageClient({ era, extensions: OTHERS[what] ?? null });
    const { client: plain } = await startPageClient({ era, extensions: null });
    const [tools, before] = [await client.listTools(), await plain.listTools()];
    expect(JSON.stringify(tools.tools)).toBe(JSON.stringify(before.tools));
    expect(metaOf(tools.tools)).toEqual({});

    const { client: withPages } = await startPageClient({ era });
    const known = (await withPages.listTools()).tools.map(({ _meta, ...tool }) => tool);
    expect(JSON.stringify(known)).toBe(JSON.stringify(before.tools));
  });

  test("the model receives the same result with a page as without one", async () => {
    for (const [name, args] of [
      [PLAN, { keep_last: 2, explain: true }],
      [PLAN, { ids: [361040217, 362118904] }],
      [REPORT, {}],
    ] as const) {
      const withPages = await startPageClient({ era, demo: true });
      const without = await startPageClient({ era, demo: true, extensions: null });
      const [shown, plain] = [await withPages.call(name, args), await without.call(name, args)];
      const codeless = (content: unknown) => JSON.stringify(content).replaceAll(/ #\w+|\d+T[\d:.]+Z/g, "");
      expect(codeless(shown["content"])).toBe(codeless(plain["content"]));
      expect(codeless(shown.structuredContent)).toBe(codeless(plain.structuredContent));
      expect(shown["_meta"]).toHaveProperty([VIEW]);
      expect(plain["_meta"] ?? {}).not.toHaveProperty([VIEW]);
      expect(withPages.simulator.requests.length).toBe(without.simulator.requests.length);
    }
  });

  test("the server declares the extension to a client that declares it", async () => {
    const { client } = await startPageClient({ era });
    expect(client.getServerCapabilities()?.extensions).toEqual(SHOWS_PAGES);
  });

  test("the page can be read and is in no list", async () => {
    const { client } = await startPageClient({ era });
    const { contents } = await client.readResource({ uri: PAGE_URI });
    expect(contents).toEqual([
      {
        uri: PAGE_URI,
        mimeType: PAGE_TYPE,
        text: expect.stringMatching(/^<!doctype html>/),
        _meta: {
          ui: {
            csp: { connectDomains: [], resourceDomains: [], frameDomains: [], baseUriDomains: [] },
            prefersBorder: true,
          },
        },
      },
    ]);
    const lists = [await client.listResources(), await client.listResourceTemplates()];
    expect(JSON.stringify(lists)).not.toContain("ui://");
  });
});

test.each(ERAS)("a client without pages does not see the extension, in version %s", async (era) => {
  const { client } = await startPageClient({ era, extensions: null });
  expect(client.getServerCapabilities()).not.toHaveProperty("extensions");
});

test("the page is one file under 25 kB that requests nothing and parses no text as HTML", async () => {
  const { client } = await startPageClient();
  const [content] = (await client.readResource({ uri: PAGE_URI })).contents;
  const text = content && "text" in content ? content.text : "";
  expect(Buffer.byteLength(text)).toBeLessThan(25_000);
  expect(text).toMatch(/<head>[\s\S]*<\/head>/);
  const addresses = [...text.matchAll(/\w+:\/\/[^"'\s)`]+/g)].map(([address]) => address);
  expect(new Set(addresses)).toEqual(new Set(["http://www.w3.org/2000/svg"]));
  expect(text).not.toMatch(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|localStorage|sessionStorage|indexedDB|cookie|import\(|eval\(|Function\(| src=| href=|url\(/,
  );
});

test("the data for the page is bounded, and states what is omitted", async () => {
  const images = many(1_500, (i) => ({ description: "ü".repeat(1_000), labels: i % 5 ? {} : { keep: "" } }));
  const { call } = await startPageClient({ images });
  const { _meta } = await call(PLAN, EVERY_IMAGE);
  const view = (_meta as Record<string, { rows: unknown[]; more: object }>)[VIEW];
  expect(JSON.stringify(view).length).toBeLessThan(300_000);
  expect(view?.rows).toHaveLength(1_000);
  expect(view?.more).toEqual({ to_delete: 200, to_delete_gb: 300, kept: 300 });

  const { _meta: meta } = await call(REPORT, {});
  expect(JSON.stringify(meta).length).toBeLessThan(100_000);
});

test("the data for the page contains no piece of the token", async () => {
  const token = "s".repeat(64);
  const images = many(3, () => ({ description: `x${token}`, created_from: { id: 1, name: token } }));
  const { call } = await startPageClient({ images, token });
  const results = [await call(PLAN, EVERY_IMAGE), await call(PLAN, { ids: [1001] }), await call(REPORT, {})];
  for (const result of results) expect(JSON.stringify(result)).not.toContain(token.slice(0, 20));
});
