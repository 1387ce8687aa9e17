// Draws the icon from signed distance functions: a stack of snapshots behind a shield with a tick.
import { encode } from "fast-png";

const SIZE_PX = 512;

/** @typedef {[number, number]} Point in pixels from the top left */
/** @typedef {(x: number, y: number) => number} Shape returns the distance from its edge in pixels, negative inside */
/** @typedef {[red: number, green: number, blue: number]} Colour each 0 to 255 */

const SHIELD = polygon([
  [352, 254],
  ...curve([352, 254], [392, 284], [440, 288]),
  ...curve([440, 288], [448, 406], [352, 452]),
  ...curve([352, 452], [256, 406], [264, 288]),
  ...curve([264, 288], [312, 284], [352, 254]),
]);

/** @type {[Shape, Colour][]} from back to front */
const LAYERS = [
  [box([256, 256], [248, 248], 104), [24, 48, 74]],
  [box([256, 128], [108, 30], 22), [66, 98, 128]],
  [box([256, 164], [138, 34], 24), [118, 152, 182]],
  [box([256, 268], [168, 114], 30), [240, 245, 250]],
  [box([196, 226], [76, 10], 10), [86, 122, 154]],
  [box([180, 270], [60, 10], 10), [160, 184, 206]],
  [box([168, 314], [48, 10], 10), [160, 184, 206]],
  [grow(SHIELD, 20), [24, 48, 74]],
  [SHIELD, [36, 150, 104]],
  [
    stroke(
      [
        [308, 358],
        [340, 390],
        [398, 326],
      ],
      13,
    ),
    [255, 255, 255],
  ],
];

/** Returns the PNG. Only exact arithmetic is used, so that every machine draws the same bytes. */
export function drawIcon() {
  const data = new Uint8Array(SIZE_PX * SIZE_PX * 4);
  for (let y = 0; y < SIZE_PX; y++) {
    for (let x = 0; x < SIZE_PX; x++) data.set(drawPixel(x + 0.5, y + 0.5), (y * SIZE_PX + x) * 4);
  }
  return encode({ width: SIZE_PX, height: SIZE_PX, data });
}

/** Returns red, green, blue and alpha from 0 to 255; an edge covers its pixels in part. */
function drawPixel(/** @type {number} */ x, /** @type {number} */ y) {
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (const [shape, colour] of LAYERS) {
    const over = clamp(0.5 - shape(x, y));
    const under = alpha * (1 - over);
    alpha = over + under;
    if (alpha === 0) continue;
    red = (colour[0] * over + red * under) / alpha;
    green = (colour[1] * over + green * under) / alpha;
    blue = (colour[2] * over + blue * under) / alpha;
  }
  return [red, green, blue, alpha * 255].map(Math.round);
}

function clamp(/** @type {number} */ value) {
  return Math.min(1, Math.max(0, value));
}

function length(/** @type {number} */ x, /** @type {number} */ y) {
  return Math.sqrt(x * x + y * y);
}

/**
 * Creates a rectangle with rounded corners from its center and half its width and height.
 * @param {Point} middle
 * @param {Point} half
 * @param {number} radius
 * @returns {Shape}
 */
function box([middleX, middleY], [halfX, halfY], radius) {
  return (x, y) => {
    const dx = Math.abs(x - middleX) - halfX + radius;
    const dy = Math.abs(y - middleY) - halfY + radius;
    return length(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
  };
}

/** @param {Shape} shape @param {number} by @returns {Shape} */
function grow(shape, by) {
  return (x, y) => shape(x, y) - by;
}

/** @param {Point[]} points @param {number} radius @returns {Shape} a line through the points with round ends */
function stroke(points, radius) {
  return (x, y) => Math.min(...pairs(points).map(([from, to]) => measureToSegment(x, y, from, to))) - radius;
}

/** @param {Point[]} corners @returns {Shape} */
function polygon(corners) {
  const edges = pairs([...corners, /** @type {Point} */ (corners[0])]);
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    let inside = false;
    for (const [from, to] of edges) {
      nearest = Math.min(nearest, measureToSegment(x, y, from, to));
      const crosses = from[1] > y !== to[1] > y;
      if (crosses && x < from[0] + ((y - from[1]) / (to[1] - from[1])) * (to[0] - from[0])) inside = !inside;
    }
    return inside ? -nearest : nearest;
  };
}

/** Returns a point's distance from a line segment. @param {number} x @param {number} y @param {Point} from @param {Point} to */
function measureToSegment(x, y, from, to) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const along = clamp(((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy || 1));
  return length(x - from[0] - along * dx, y - from[1] - along * dy);
}

/** @param {Point} from @param {Point} bend @param {Point} to @returns {Point[]} points of a quadratic curve, without its first */
function curve(from, bend, to) {
  return Array.from({ length: 16 }, (_, i) => {
    const t = (i + 1) / 16;
    const at = (/** @type {0 | 1} */ axis) =>
      (1 - t) * (1 - t) * from[axis] + 2 * t * (1 - t) * bend[axis] + t * t * to[axis];
    return [at(0), at(1)];
  });
}

/** @param {Point[]} points @returns {[Point, Point][]} each with its next */
function pairs(points) {
  return points.slice(1).map((to, i) => [/** @type {Point} */ (points[i]), to]);
}
