"""A user's program: is it going to rain?"""

from datetime import date

from acme_weather_types import Day, Forecast

forecast = Forecast("Oslo", (Day(date(2026, 11, 16), low=3.5, high=9, rain=0.2),))
print(f"{forecast.place}: {'rain' if any(day.rain for day in forecast.days) else 'dry'}")
