// Asks an API of this machine for a forecast, by the installed package.
using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using AcmeWeather;

internal static class Program
{
    private const string Answer = @"{""place"": ""Oslo"", ""days"": [{""date"": ""2026-11-16"", ""low"": 3.5, ""high"": 9, ""rain"": 0.2}]}";

    private static async Task<int> Main()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = Serve(listener);
        using var client = new WeatherClient(new Uri($"http://{listener.LocalEndpoint}"));
        var forecast = await client.GetForecastAsync(new ForecastQuery(59.91, 10.75));
        await served;
        Console.WriteLine($"{forecast.Place}: {forecast.Days[0].High} °C");
        return forecast.Days[0].High == 9 ? 0 : 1;
    }

    private static async Task Serve(TcpListener listener)
    {
        using var connection = await listener.AcceptTcpClientAsync();
        using var stream = connection.GetStream();
        var asked = new byte[4096];
        var length = await stream.ReadAsync(asked, 0, asked.Length);
        var right = Encoding.ASCII.GetString(asked, 0, length).StartsWith("GET /v1/forecasts?latitude=59.91&longitude=10.75 ");
        var body = Encoding.UTF8.GetBytes(Answer);
        var head = $"HTTP/1.1 {(right ? "200 OK" : "404 Not Found")}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        await stream.WriteAsync(body);
    }
}
