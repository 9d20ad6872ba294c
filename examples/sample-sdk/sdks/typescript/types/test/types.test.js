import assert from "node:assert/strict";
import test from "node:test";
import { UnexpectedAnswer, parseForecast } from "../dist/index.js";

const DAY = { date: "2026-11-16", low: 3.5, high: 9, rain: 0.2 };

test("an answer becomes a forecast without its unknown fields", () => {
  const forecast = parseForecast({ place: "Oslo", days: [{ ...DAY, moon: "full" }], sponsor: "Acme" });
  assert.deepEqual(forecast, { place: "Oslo", days: [DAY] });
});

test("an answer of another shape is an error that names the field", () => {
  assert.throws(() => parseForecast({ place: "Oslo", days: [{ ...DAY, high: "9" }] }), {
    constructor: UnexpectedAnswer,
    message: "days[0].high is not a number",
  });
});
