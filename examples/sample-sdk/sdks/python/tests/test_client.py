import json
from unittest import TestCase

from acme_weather_client import RefusedRequest, WeatherClient, forecast_url


class Client(TestCase):
    def test_a_query_becomes_an_address_and_what_is_not_asked_for_is_left_out(self) -> None:
        address = forecast_url("https://api.example", 59.91, 10.75)
        self.assertEqual(address, "https://api.example/v1/forecasts?latitude=59.91&longitude=10.75")

    def test_the_answer_of_the_api_becomes_a_forecast(self) -> None:
        answer = {"place": "Oslo", "days": [{"date": "2026-11-16", "low": 3.5, "high": 9, "rain": 0.2}]}
        client = WeatherClient("https://api.example", lambda request: (200, json.dumps(answer).encode()))
        self.assertEqual(client.forecast(59.91, 10.75, days=1).days[0].high, 9)

    def test_a_refused_request_is_an_error_with_the_apis_own_words(self) -> None:
        client = WeatherClient(fetch=lambda request: (400, b'{"title": "latitude is out of its range"}'))
        with self.assertRaisesRegex(RefusedRequest, "latitude is out of its range"):
            client.forecast(91, 0)
