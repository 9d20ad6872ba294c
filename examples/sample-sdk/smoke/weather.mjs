// Asks an API of this machine for a forecast, by the installed package.
import { once } from "node:events";
import { createServer } from "node:http";
import { WeatherClient } from "@acme-weather/client";

const answer = { place: "Oslo", days: [{ date: "2026-11-16", low: 3.5, high: 9, rain: 0.2 }] };
const server = createServer((request, response) => {
  if (request.url !== "/v1/forecasts?latitude=59.91&longitude=10.75") response.statusCode = 404;
  response.end(JSON.stringify(answer));
}).listen(0, "127.0.0.1");
await once(server, "listening");

const forecast = await new WeatherClient(`http://127.0.0.1:${server.address().port}`).forecast({ latitude: 59.91, longitude: 10.75 });
server.closeAllConnections();
server.close();
console.log(`${forecast.place}: ${forecast.days[0].high} °C`);
if (forecast.days[0].high !== 9) process.exitCode = 1;
