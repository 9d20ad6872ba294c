import assert from "node:assert/strict";
import test from "node:test";
import { RefusedRequest, WeatherClient, forecastUrl } from "../dist/index.js";

const OSLO = { latitude: 59.91, longitude: 10.75 };

test("a query becomes an address; what is not asked for is left out", () => {
  assert.equal(
    forecastUrl("https://api.example", { ...OSLO, days: undefined }).href,
    "https://api.example/v1/forecasts?latitude=59.91&longitude=10.75",
  );
});

test("the answer of the API becomes a forecast", async () => {
  const answer = { place: "Oslo", days: [{ date: "2026-11-16", low: 3.5, high: 9, rain: 0.2 }] };
  const client = new WeatherClient("https://api.example", async () => Response.json(answer));
  assert.deepEqual(await client.forecast(OSLO), answer);
});

test("a refused request is an error with the API's own words", async () => {
  const client = new WeatherClient("https://api.example", async () =>
    Response.json({ title: "latitude is out of its range" }, { status: 400 }),
  );
  await assert.rejects(client.forecast({ latitude: 91, longitude: 0 }), { constructor: RefusedRequest, status: 400 });
});
