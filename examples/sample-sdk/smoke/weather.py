"""Asks an API of this machine for a forecast, by the installed package."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from acme_weather_client import WeatherClient

ANSWER = {"place": "Oslo", "days": [{"date": "2026-11-16", "low": 3.5, "high": 9, "rain": 0.2}]}


class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/v1/forecasts?latitude=59.91&longitude=10.75" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(ANSWER).encode())

    def log_message(self, *_: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Api)
Thread(target=server.serve_forever, daemon=True).start()
forecast = WeatherClient(f"http://127.0.0.1:{server.server_port}").forecast(59.91, 10.75)
print(f"{forecast.place}: {forecast.days[0].high:g} °C")
assert forecast.days[0].high == 9
