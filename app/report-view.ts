/** The page of a report: a bar for each server, the snapshot limit, and the details of all servers or of one. */

import type { ServerBar } from "../src/view/page-data.ts";
import { drawBars } from "./bars.ts";
import { copyButtons } from "./copy.ts";
import { button, h, untrusted } from "./dom.ts";
import { createNotice } from "./notice.ts";
import type { Report } from "./report.ts";
import type { Table } from "./table-text.ts";
import { inGigabytes, listFirst, plural } from "./words.ts";

const LIMIT_NOTE =
  "The limit is for the snapshots of all projects of the account together, and may have been raised.";
const SERVERS_NOTE =
  "Money is net, a month. Choose a server to see only its growth, stopped series and duplicates.";

export function renderReport(report: Report): HTMLElement[] {
  const { summary, servers, limit, notes, more } = report;
  const notice = createNotice();
  const chosen = h("section", { "aria-label": "Details" });
  let selected: ServerBar | null = null;
  const buttons = servers.map((server) => {
    const choose = button("", () => select(server === selected ? null : server), { class: "choice" });
    choose.append(untrusted(server.name));
    return [server, choose] as const;
  });
  const select = (server: ServerBar | null) => {
    selected = server;
    for (const [one, choose] of buttons) choose.setAttribute("aria-pressed", String(one === server));
    const showAll = button("Show all servers", () => select(null));
    chosen.replaceChildren(
      ...(server ? [h("p", { class: "actions" }, showAll)] : []),
      ...renderDetails(report, server),
    );
    notice.say(server ? `Growth, stopped series and duplicates show only ${server.name}.` : "");
  };
  select(null);

  const bars = buttons.map(([server, name]) => ({
    name,
    amount: server.gb,
    figures: describeFigures(server, report),
  }));
  const limits = [
    {
      name: "Snapshots",
      amount: limit.snapshots,
      figures: `${limit.snapshots} of the ${limit.default_limit} that an account has by default`,
    },
  ];
  return [
    h("h1", {}, summary),
    drawBars(limits, "Snapshot limit", limit.default_limit),
    h("p", { class: "quiet" }, LIMIT_NOTE),
    ...(servers.length > 0
      ? [
          h("h2", {}, "GB and money by server"),
          h("p", { class: "quiet" }, SERVERS_NOTE),
          drawBars(bars, "GB and money by server"),
        ]
      : []),
    ...(more ? [h("p", { class: "quiet" }, `${plural(more, "more server")} not shown.`)] : []),
    chosen,
    ...renderSection("All servers", notes.length > 0 && notes.map((note) => h("p", {}, untrusted(note)))),
    ...(servers.length > 0 ? [copyButtons(() => toTable(report), notice.say)] : []),
    notice.element,
  ];
}

function describeFigures(
  { snapshots, gb, net, backups, backup_gb }: ServerBar,
  { currency = "" }: Report,
): string {
  const money = net === undefined ? "" : `, ${net} ${currency}`;
  const rest = backups > 0 ? `; ${plural(backups, "backup")}, ${inGigabytes(backup_gb)}` : "";
  return `${inGigabytes(gb)}${money}, ${plural(snapshots, "snapshot")}${rest}`;
}

function renderDetails(report: Report, server: ServerBar | null): HTMLElement[] {
  const months = server?.months ?? report.months;
  const stopped = report.stopped.filter(
    ({ name }) => !server || name === server.name || name === `${server.name}, backups`,
  );
  const duplicates = report.duplicates.filter(({ servers }) => !server || servers.includes(server.name));
  const growth = months.map(([name, count, gb]) => ({
    name,
    amount: gb,
    figures: `+${inGigabytes(gb)}, ${plural(count, "snapshot")}`,
  }));
  return [
    ...renderSection(
      "Growth per month",
      months.length > 0 && [
        h("p", { class: "quiet" }, "By the month in which the snapshots of today were made."),
        drawBars(growth, "Growth per month"),
      ],
    ),
    ...renderSection(
      "Series that stopped",
      stopped.length > 0 && [
        renderList(stopped, ({ name, newest, every_days }) => [
          untrusted(name),
          `: last on ${newest}, before that every ${every_days === 1 ? "day" : `${every_days} days`}`,
        ]),
      ],
    ),
    ...renderSection(
      "Duplicates",
      duplicates.length > 0 && [
        renderList(duplicates, ({ same, value, images, ids }) => [
          `${plural(images, "snapshot")} with the same ${same}: `,
          untrusted(value),
          ` (${listFirst(ids, 5)}${images > ids.length ? " and older" : ""})`,
        ]),
      ],
    ),
  ];
}

const renderSection = (title: string, content: HTMLElement[] | false) =>
  content ? [h("h2", {}, title), ...content] : [];

function renderList<T>(things: readonly T[], content: (thing: T) => (Node | string)[]): HTMLElement {
  return h("ul", { class: "list" }, ...things.map((thing) => h("li", {}, ...content(thing))));
}

function toTable({ servers, currency = "" }: Report): Table {
  return [
    [
      "server",
      "snapshots",
      "snapshot_gb",
      "net_per_month",
      "gross_per_month",
      "currency",
      "backups",
      "backup_gb",
    ],
    ...servers.map(({ name, snapshots, gb, net = "", gross = "", backups, backup_gb }) => [
      ...[name, snapshots, gb, net, gross],
      ...[net && currency, backups, backup_gb],
    ]),
  ];
}
