from datetime import date
from unittest import TestCase

from acme_weather_types import Day, Forecast, UnexpectedAnswer, parse_forecast

DAY = {"date": "2026-11-16", "low": 3.5, "high": 9, "rain": 0.2}


class ParseForecast(TestCase):
    def test_an_answer_becomes_a_forecast_without_its_unknown_fields(self) -> None:
        forecast = parse_forecast({"place": "Oslo", "days": [{**DAY, "moon": "full"}], "sponsor": "Acme"})
        self.assertEqual(forecast, Forecast("Oslo", (Day(date(2026, 11, 16), 3.5, 9.0, 0.2),)))

    def test_an_answer_of_another_shape_is_an_error(self) -> None:
        for answer in ({"place": "Oslo"}, [], {"place": "Oslo", "days": [{**DAY, "high": "warm"}]}):
            with self.subTest(answer=answer), self.assertRaises(UnexpectedAnswer):
                parse_forecast(answer)
