using System;
using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace AcmeWeather
{
    /// <summary>Where the forecast is for, and for how many days.</summary>
    public sealed class ForecastQuery
    {
        /// <summary>Asks for a place; the API's default number of days counts until <see cref="Days"/> is set.</summary>
        public ForecastQuery(double latitude, double longitude)
        {
            Latitude = latitude;
            Longitude = longitude;
        }

        /// <summary>From -90 to 90.</summary>
        public double Latitude { get; }

        /// <summary>From -180 to 180.</summary>
        public double Longitude { get; }

        /// <summary>From 1 to 14.</summary>
        public int? Days { get; set; }

        /// <summary>The address of <c>GET /v1/forecasts</c> for this query.</summary>
        public Uri Address(Uri service)
        {
            var query = FormattableString.Invariant($"latitude={Latitude}&longitude={Longitude}");
            if (Days is int days) query += "&days=" + days.ToString(CultureInfo.InvariantCulture);
            return new Uri(service, "/v1/forecasts?" + query);
        }
    }

    /// <summary>The API refused the request.</summary>
    public sealed class RefusedRequestException : Exception
    {
        /// <summary>Keeps the answer's status.</summary>
        public RefusedRequestException(HttpStatusCode status, string message) : base(message) => Status = status;

        /// <summary>The answer's status.</summary>
        public HttpStatusCode Status { get; }
    }

    /// <summary>A client of the Acme Weather API.</summary>
    public sealed class WeatherClient : IDisposable
    {
        /// <summary>Where the API is.</summary>
        public static readonly Uri Production = new Uri("https://weather.acme.example");

        private readonly Uri _service;
        private readonly HttpClient _http;

        /// <summary>Asks the API at <paramref name="service"/>, through <paramref name="handler"/> where one is given.</summary>
        public WeatherClient(Uri? service = null, HttpMessageHandler? handler = null)
        {
            _service = service ?? Production;
            _http = new HttpClient(handler ?? new HttpClientHandler());
        }

        /// <summary>The forecast for a place, one entry a day, today first.</summary>
        /// <exception cref="RefusedRequestException">The API refused the request.</exception>
        /// <exception cref="UnexpectedAnswerException">The API answered with something that it does not describe.</exception>
        public async Task<Forecast> GetForecastAsync(ForecastQuery query, CancellationToken cancellation = default)
        {
            using var answer = await _http.GetAsync(query.Address(_service), cancellation).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw new RefusedRequestException(answer.StatusCode, await answer.Content.ReadAsStringAsync().ConfigureAwait(false));
            }
            using var body = await answer.Content.ReadAsStreamAsync().ConfigureAwait(false);
            return Forecast.Parse(body);
        }

        /// <inheritdoc/>
        public void Dispose() => _http.Dispose();
    }
}
