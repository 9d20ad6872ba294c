using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using AcmeWeather;

/// <summary>Checks without a test framework: the first that fails ends the program with an exception.</summary>
internal static class Program
{
    private const string Oslo = @"{""place"": ""Oslo"", ""days"": [{""date"": ""2026-11-16"", ""low"": 3.5, ""high"": 9, ""rain"": 0.2}], ""sponsor"": ""Acme""}";

    private static async Task Main()
    {
        AQueryBecomesAnAddress();
        await TheAnswerOfTheApiBecomesAForecast();
        AnAnswerOfAnotherShapeIsAnError();
        await ARefusedRequestIsAnErrorWithItsStatus();
        Console.WriteLine("4 checks passed");
    }

    private static void AQueryBecomesAnAddress()
    {
        var address = new ForecastQuery(59.91, 10.75) { Days = 3 }.Address(new Uri("https://api.example"));
        Equal("https://api.example/v1/forecasts?latitude=59.91&longitude=10.75&days=3", address.AbsoluteUri);
    }

    private static async Task TheAnswerOfTheApiBecomesAForecast()
    {
        using var client = new WeatherClient(handler: new Answering(HttpStatusCode.OK, Oslo));
        var forecast = await client.GetForecastAsync(new ForecastQuery(59.91, 10.75));
        Equal("Oslo", forecast.Place);
        Equal(9.0, forecast.Days[0].High);
    }

    private static void AnAnswerOfAnotherShapeIsAnError() =>
        Throws<UnexpectedAnswerException>(() => Forecast.Parse(new MemoryStream(Encoding.UTF8.GetBytes(@"{""place"": ""Oslo""}"))));

    private static async Task ARefusedRequestIsAnErrorWithItsStatus()
    {
        using var client = new WeatherClient(handler: new Answering(HttpStatusCode.BadRequest, "latitude is out of its range"));
        var asked = client.GetForecastAsync(new ForecastQuery(91, 0));
        await Task.WhenAny(asked);
        Equal(HttpStatusCode.BadRequest, Throws<RefusedRequestException>(() => asked.GetAwaiter().GetResult()).Status);
    }

    private static void Equal<T>(T wanted, T found)
    {
        if (!Equals(wanted, found)) throw new Exception($"{found} instead of {wanted}");
    }

    private static T Throws<T>(Action action) where T : Exception
    {
        try { action(); }
        catch (T error) { return error; }
        throw new Exception($"no {typeof(T).Name}");
    }

    private sealed class Answering : HttpMessageHandler
    {
        private readonly HttpStatusCode _status;
        private readonly string _body;

        public Answering(HttpStatusCode status, string body) => (_status, _body) = (status, body);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
            Task.FromResult(new HttpResponseMessage(_status) { Content = new StringContent(_body) });
    }
}
