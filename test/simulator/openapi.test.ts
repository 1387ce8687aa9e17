import { describe, expect, test } from "vitest";
import { openapi } from "../support/openapi.ts";
import { type Cloud, startSimulated } from "../support/simulated.ts";

const GOLDEN = 371904418;
const OLDEST = 361040217;
const BACKUP = 400473395;
const UBUNTU = 161547269;

/** Method, path with query, body, and the status that the request is to get. */
type Case = [string, string, string, number];

const GOOD: Case[] = [
  ["GET", "/images", "", 200],
  ["GET", "/images?per_page=50&include_deprecated=true", "", 200],
  ["GET", "/images?per_page=50&page=2&sort=created%3Adesc&sort=id", "", 200],
  ["GET", "/images?type=snapshot&type=backup&status=available&architecture=arm", "", 200],
  ["GET", "/images?label_selector=env%3Dstaging%2C%21keep&name=x&bound_to=42", "", 200],
  ["GET", `/images/${OLDEST}`, "", 200],
  ["GET", `/images/${UBUNTU}`, "", 200],
  ["PUT", `/images/${OLDEST}`, '{"description":"new","labels":{"env":"prod","keep":""}}', 200],
  ["PUT", `/images/${BACKUP}`, '{"type":"snapshot"}', 200],
  ["DELETE", `/images/${OLDEST}`, "", 204],
  ["POST", `/images/${GOLDEN}/actions/change_protection`, '{"delete":false}', 201],
  ["GET", "/images/actions?per_page=50", "", 200],
  ["GET", "/images/actions?id=1900000001&status=success&sort=finished%3Adesc", "", 200],
  ["GET", "/images/actions/1900000001", "", 200],
  ["GET", `/images/${GOLDEN}/actions`, "", 200],
  ["GET", `/images/${OLDEST}/actions/1900000001`, "", 200],
  ["GET", "/pricing", "", 200],
];

const REFUSED: Case[] = [
  ["GET", "/images?type=temporary", "", 422],
  ["GET", "/images?label_selector=(", "", 422],
  ["GET", "/images/1", "", 404],
  ["GET", "/images/1/actions", "", 404],
  ["GET", `/images/${OLDEST}/actions/1`, "", 404],
  ["GET", "/images/actions/1", "", 404],
  ["GET", "/images/actions?sort=progress", "", 422],
  ["PUT", `/images/${OLDEST}`, "{", 400],
  ["PUT", `/images/${OLDEST}`, '{"labels":{"a b":""}}', 422],
  ["PUT", `/images/${UBUNTU}`, "{}", 422],
  ["DELETE", `/images/${GOLDEN}`, "", 423],
  ["DELETE", `/images/${UBUNTU}`, "", 403],
  ["POST", `/images/${BACKUP}/actions/change_protection`, '{"delete":true}', 422],
];

const split = (url: string) => {
  const [path = "", search] = url.split("?");
  return { path, query: [...new URLSearchParams(search)] };
};

describe.skipIf(openapi === null)("against the official OpenAPI document", () => {
  const problems = async ({ ask }: Cloud, [method, url, body, status]: Case, token?: string) => {
    const headers = token === undefined ? undefined : { Authorization: `Bearer ${token}` };
    const reply = await ask(method, url, body === "" ? undefined : body, headers);
    expect(reply.status).toBe(status);
    return openapi?.checkReply(method, split(url).path, status, reply.body);
  };

  test.each(GOOD)("%s %s %s is a valid request of the document", (method, url, body) => {
    const { path, query } = split(url);
    expect(openapi?.checkRequest(method, path, query, body)).toEqual([]);
  });

  test.each(GOOD)("the response to %s %s %s fits the document", async (...each) => {
    expect(await problems(await startSimulated(), each)).toEqual([]);
  });

  test.each(REFUSED)("the error response of %s %s %s fits the document", async (...each) => {
    expect(await problems(await startSimulated(), each)).toEqual([]);
  });

  test("responses to an invalid token, a read-only token and too many requests fit the document", async () => {
    const cloud = await startSimulated();
    const list: Case = ["GET", "/images", "", 401];
    expect(await problems(cloud, list, "wrong")).toEqual([]);
    expect(await problems(cloud, ["DELETE", `/images/${OLDEST}`, "", 401], cloud.readOnlyToken)).toEqual([]);
    cloud.state.bucket.tokens = 0;
    expect(await problems(cloud, ["GET", "/images", "", 429])).toEqual([]);
  });
});

describe.skipIf(openapi === null)("check of requests", () => {
  test.each<[string, string, string, RegExp]>([
    ["GET", "/servers", "", /not in the document/],
    ["PATCH", "/images/1", "", /not in the document/],
    ["GET", "/images/", "", /not in the document/],
    ["GET", "/images?colour=red", "", /unknown parameter colour/],
    ["GET", "/images/1?page=1", "", /unknown parameter page/],
    ["GET", "/images?page=1&page=2", "", /given 2 times/],
    ["GET", "/images?type=snapshot&type=temporary", "", /type=.*allowed values/],
    ["GET", "/images?type=snapshot,backup", "", /allowed values/],
    ["GET", "/images?sort=size", "", /allowed values/],
    ["GET", "/images?include_deprecated=True", "", /boolean/],
    ["GET", "/images?page=one", "", /integer/],
    ["GET", "/images?page=0", "", />= 1/],
    ["GET", "/images?per_page=51", "", /<= 50/],
    ["GET", "/images/0", "", />= 1/],
    ["GET", "/images/abc", "", /integer/],
    ["GET", "/images/9007199254740993", "", /<= 9007199254740991/],
    ["GET", "/images", "{}", /no body/],
    ["DELETE", "/images/1", "{}", /no body/],
    ["PUT", "/images/1", "", /missing/],
    ["PUT", "/images/1", "{", /not JSON/],
    ["PUT", "/images/1", "[]", /object/],
    ["PUT", "/images/1", '{"name":"x"}', /additional/],
    ["PUT", "/images/1", '{"type":"backup"}', /allowed values/],
    ["PUT", "/images/1", '{"labels":{"a":1}}', /labels.*string/],
    ["POST", "/images/1/actions/change_protection", '{"delete":"yes"}', /boolean/],
  ])("the check of requests rejects %s %s %s", (method, url, body, complaint) => {
    const { path, query } = split(url);
    expect(openapi?.checkRequest(method, path, query, body).join("\n")).toMatch(complaint);
  });
});

describe.skipIf(openapi === null)("check of responses", () => {
  test.each<[string, string, number, unknown, RegExp]>([
    ["GET", "/images", 200, { images: [] }, /meta/],
    ["GET", "/images", 200, undefined, /object/],
    ["GET", "/images/1", 200, { image: { id: "1" } }, /image/],
    ["GET", "/images/1", 301, {}, /status 301/],
    ["GET", "/images/1", 404, { message: "gone" }, /error/],
    ["DELETE", "/images/1", 204, {}, /no body/],
    ["GET", "/nope", 200, {}, /not in the document/],
  ])("the check of responses rejects %s %s %i %j", (method, path, status, body, complaint) => {
    expect(openapi?.checkReply(method, path, status, body).join("\n")).toMatch(complaint);
  });
});
