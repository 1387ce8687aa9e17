// Tool results as text for a terminal.

const MAX_CELL_CHARS = 28;

/**
 * Returns the text with at most `max` characters, cut with an ellipsis.
 * @param {string} text
 * @param {number} max
 */
export function shorten(text, max) {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/**
 * Formats a result: its table, and its other members line by line.
 * @param {any} data
 * @returns {string}
 */
export function formatResult(data) {
  if (!data.rows) return formatObject(data);
  const { columns, rows, total, page: _page, next_page: _next, ...rest } = data;
  const more = total > rows.length ? [`(${rows.length} of ${total})`] : [];
  return [formatObject(rest), formatTable(columns, rows), ...more].filter(Boolean).join("\n");
}

/**
 * @param {string[]} columns
 * @param {unknown[][]} rows
 */
export function formatTable(columns, rows) {
  const cell = (/** @type {unknown} */ value) =>
    shorten(isObject(value) ? formatLabels(value) : String(value ?? ""), MAX_CELL_CHARS);
  const lines = [columns, ...rows.map((row) => row.map(cell))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((value, i) => value.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/**
 * Formats an object: one line per member, nested members with their path.
 * @param {object} data
 * @returns {string}
 */
function formatObject(data, prefix = "") {
  const lines = Object.entries(data).map(([key, value]) => {
    const path = prefix + key;
    const isLabels = key.includes("labels");
    if (Array.isArray(value) && typeof value[0] === "object") {
      return value.map((one) => formatObject(one, `${path}.`)).join("\n");
    }
    if (value?.rows) return `${path}\n${formatTable(value.columns, value.rows)}`;
    if (typeof value === "object" && !Array.isArray(value) && !isLabels)
      return formatObject(value, `${path}.`);
    return `${path.padEnd(32)} ${isLabels ? formatLabels(value) : value}`;
  });
  return lines.join("\n");
}

/** @param {unknown} value @returns {value is object} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {object | string | null} labels */
function formatLabels(labels) {
  if (typeof labels === "string") return labels;
  return Object.entries(labels ?? {})
    .map(([key, value]) => (value === "" ? key : `${key}=${value}`))
    .join(",");
}
