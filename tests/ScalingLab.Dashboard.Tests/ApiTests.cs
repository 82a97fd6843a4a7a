using System.Net;
using System.Text.Json;
using ScalingLab.Runs;
using ScalingLab.Runs.Models;

namespace ScalingLab.Dashboard.Tests;

public sealed class ApiTests
{
    [Fact]
    public async Task The_API_says_where_every_sweep_and_every_run_stands()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);

        var line = Assert.Single((await dashboard.GetAsync("api/sweeps")).EnumerateArray());
        Assert.Equal(WatchedLedger.Sweep, line.GetProperty("name").GetString());
        Assert.False(line.GetProperty("paused").GetBoolean());
        Assert.Equal(
            "completed 1, failed 1, running 1",
            string.Join(", ", line.GetProperty("states").EnumerateObject().Where(s => s.Value.GetInt32() > 0)
                .Select(s => $"{s.Name} {s.Value}").Order(StringComparer.Ordinal)));

        var runs = (await dashboard.GetAsync("api/sweeps/ladder")).GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal([WatchedLedger.Id(1), WatchedLedger.Id(2), WatchedLedger.Id(3)],
            runs.Select(r => r.GetProperty("id").GetString()));
        var (completed, running, failed) = (runs[0], runs[1], runs[2]);
        Assert.Equal("completed", completed.GetProperty("state").GetString());
        Assert.Equal(3.25, completed.GetProperty("lossValidation").GetDouble());
        Assert.Equal(1.25, completed.GetProperty("result").GetProperty("bitsPerByte").GetDouble());
        Assert.Equal(ParameterCount.For(TinyCell.Create(1).Spec.Shape).WithHead,
            completed.GetProperty("parametersWithHead").GetInt64());
        Assert.Equal(1e7, completed.GetProperty("budgetFlops").GetDouble());
        Assert.Equal("positions", completed.GetProperty("varies")[0].GetProperty("field").GetString());
        Assert.Equal((30, 80), (running.GetProperty("step").GetInt64(), running.GetProperty("steps").GetInt64()));
        Assert.Equal(5.25, running.GetProperty("lossTrain").GetDouble());
        Assert.False(running.TryGetProperty("result", out _));
        Assert.Equal("diverged", failed.GetProperty("failure").GetProperty("kind").GetString());
        Assert.Equal("the loss became <NaN>", failed.GetProperty("failure").GetProperty("message").GetString());
    }

    [Fact]
    public async Task Curves_are_columns_of_losses_against_steps_and_exact_compute()
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var curves = (await dashboard.GetAsync("api/sweeps/ladder/curves")).GetProperty("runs").EnumerateArray()
            .ToList();
        Assert.Equal(["40 80", "10 30", "5 10"], curves.Select(c => Column(c, "step")));
        var spec = TinyCell.Create(1).Spec;
        Assert.Equal(spec.Flops, curves[0].GetProperty("flops")[1].GetDouble());
        Assert.Equal("640 1280", Column(curves[0], "tokens"));
        Assert.Equal("5 4", Column(curves[0], "lossTrain"));
        Assert.Equal("5.5 4.5", Column(curves[0], "lossValidation"));
        Assert.Equal("null null", Column(curves[0], "seconds")); // nobody recorded a speed

        var one = (await dashboard.GetAsync($"api/sweeps/ladder/curves?run={WatchedLedger.Id(2)}")).GetProperty("runs");
        Assert.Equal([WatchedLedger.Id(2)], one.EnumerateArray().Select(c => c.GetProperty("id").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, (await dashboard.LookAsync("api/sweeps/ladder/curves?run=nothing"))
            .Status);
    }

    [Fact]
    public async Task Curves_are_thinned_to_so_many_points_and_of_many_runs_to_as_many_as_the_page_gets()
    {
        using var ledger = new WatchedLedger();
        ledger.Queue("many", [.. Enumerable.Range(1, 5_001).Select(seed =>
            TinyCell.Create(2) with { Spec = TinyCell.Create(2).Spec with { Seed = seed } })]);
        for (var step = 31; step <= 80; step++) ledger.Train(step);
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        var all = $"10 {string.Join(' ', Enumerable.Range(30, 51))}";
        Assert.Equal(all, await StepsAsync("ladder/curves"));

        var thinned = (await StepsAsync("ladder/curves?points=8")).Split(' ');
        Assert.InRange(thinned.Length, 4, 8);
        Assert.Equal(("10", "80"), (thinned[0], thinned[^1]));

        // 200,000 points for 5,001 runs; the one run that has a curve is in both sweeps.
        Assert.InRange((await StepsAsync("many/curves")).Split(' ').Length, 20, 39);
        Assert.Equal(all, await StepsAsync($"many/curves?run={WatchedLedger.Id(2)}"));
        var (status, why) = await dashboard.LookAsync("api/sweeps/ladder/curves?points=7");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("points is 7; at least 8 are expected", why, StringComparison.Ordinal);

        async Task<string> StepsAsync(string path) =>
            Column((await dashboard.GetAsync($"api/sweeps/{path}")).GetProperty("runs").EnumerateArray()
                .Single(run => run.GetProperty("id").GetString() == WatchedLedger.Id(2)), "step");
    }

    [Theory]
    [InlineData("healthz")]
    [InlineData("metrics")]
    [InlineData("")]
    [InlineData("api/sweeps/ladder")]
    [InlineData("api/sweeps/ladder/events")]
    public async Task HEAD_is_answered_as_GET_is_without_content(string path)
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(path, UriKind.Relative));
        using var answer = await dashboard.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        Assert.NotNull(answer.Content.Headers.ContentType);
    }

    [Theory]
    [InlineData("api/sweeps/no-such-sweep")]
    [InlineData("api/sweeps/no-such-sweep/curves")]
    [InlineData("api/sweeps/no-such-sweep/events")]
    public async Task An_unknown_sweep_is_a_problem_that_names_the_known_ones(string path)
    {
        using var ledger = new WatchedLedger();
        using var dashboard = await RunningDashboard.StartAsync(ledger.File);
        using var answer = await dashboard.Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("no sweep is called 'no-such-sweep' (known: ladder)",
            problem.RootElement.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Until_there_is_a_ledger_there_are_no_sweeps_and_looking_makes_none()
    {
        using var ledger = new WatchedLedger();
        var elsewhere = Path.Combine(ledger.Folder, "later", "ledger.db");
        using var dashboard = await RunningDashboard.StartAsync(elsewhere);
        Assert.Empty((await dashboard.GetAsync("api/sweeps")).EnumerateArray());
        Assert.False(Directory.Exists(Path.GetDirectoryName(elsewhere)));
        Directory.CreateDirectory(Path.GetDirectoryName(elsewhere)!);
        File.Copy(ledger.File, elsewhere);
        File.Copy(ledger.File + "-wal", elsewhere + "-wal");
        Assert.Single((await dashboard.GetAsync("api/sweeps")).EnumerateArray());
        Directory.Delete(Path.GetDirectoryName(elsewhere)!, recursive: true);
        Assert.Empty((await dashboard.GetAsync("api/sweeps")).EnumerateArray());
    }

    private static string Column(JsonElement curve, string name) =>
        string.Join(' ', curve.GetProperty(name).EnumerateArray()
            .Select(v => v.ValueKind == JsonValueKind.Null ? "null" : v.GetRawText()));
}
