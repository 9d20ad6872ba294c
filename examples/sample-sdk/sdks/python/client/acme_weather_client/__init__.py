"""A client of the Acme Weather API."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

from acme_weather_types import Day, Forecast, UnexpectedAnswer, parse_forecast

__all__ = ["PRODUCTION", "Day", "Forecast", "RefusedRequest", "UnexpectedAnswer", "WeatherClient", "forecast_url"]

PRODUCTION = "https://weather.acme.example"

try:
    __version__ = version("acme-weather-client")
except PackageNotFoundError:  # run from a checkout
    __version__ = "unreleased"


class RefusedRequest(Exception):
    """The API refused the request."""

    def __init__(self, status: HTTPStatus, title: str) -> None:
        super().__init__(title)
        self.status = status


def forecast_url(base: str, latitude: float, longitude: float, days: int | None = None) -> str:
    """The address of `GET /v1/forecasts` for a query; without `days` the API's default counts."""
    query = {"latitude": latitude, "longitude": longitude, "days": days}
    asked = {name: value for name, value in query.items() if value is not None}
    return f"{urljoin(base, '/v1/forecasts')}?{urlencode(asked)}"


def _fetch(request: Request) -> tuple[int, bytes]:
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


class WeatherClient:
    """Asks the API at `base`. `fetch` sends a request and returns the answer's status and body."""

    def __init__(self, base: str = PRODUCTION, fetch: Callable[[Request], tuple[int, bytes]] = _fetch) -> None:
        self._base = base
        self._fetch = fetch

    def forecast(self, latitude: float, longitude: float, days: int | None = None) -> Forecast:
        """The forecast for a place, one entry a day, today first.

        Raises:
            RefusedRequest: the API refused the request.
            UnexpectedAnswer: the API answered with something that it does not describe.
        """
        address = forecast_url(self._base, latitude, longitude, days)
        headers = {"Accept": "application/json", "User-Agent": f"acme-weather-client/{__version__}"}
        status, body = self._fetch(Request(address, headers=headers))
        if status != HTTPStatus.OK:
            raise RefusedRequest(HTTPStatus(status), json.loads(body)["title"])
        return parse_forecast(json.loads(body))
