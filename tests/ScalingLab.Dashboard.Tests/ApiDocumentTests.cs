using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Store;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Tests;

/// <summary>The API's document, held to the routes that there are and to what they answer.</summary>
public sealed class ApiDocumentTests
{
    private const string Node = "node-a";

    // Of changes that need one.
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["priority"] = """{ "priority": 5 }""", ["window"] = """{ "window": "20:00-08:00" }""",
            ["deadline"] = """{ "deadline": null }""",
    };

    [Fact]
    public async Task It_has_every_route_and_no_other_and_says_what_each_field_is()
    {
        using var ledger = new WatchedLedger();
        using var handle = new LedgerHandle(ledger.File);
        await using var app =
            Server.Build(new ServerSettings(ledger.File, 0, "127.0.0.1", RunningDashboard.Token), handle);
        await app.StartAsync();
        using var client = new HttpClient();
        using var document =
            JsonDocument.Parse(await client.GetStringAsync(new Uri($"{app.Urls.Single()}/api/openapi.json")));

        var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(e =>
                e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(m =>
                $"{m} {e.RoutePattern.RawText!.Replace("**", "", StringComparison.Ordinal)}"))
            .Except(["GET /api/{documentName}.json"]); // the document itself
        var described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}")).ToList();
        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Operations(document.RootElement), o => !o.Operation.TryGetProperty("summary", out _));
        Assert.Equal(
            [
                "cancel: run", "deadline: deadline", "priority: priority", "retry: run", "window: window",
                "yield: until for", "yield: until for", "yield: until for",
            ],
            Operations(document.RootElement).Where(o => o.Operation.TryGetProperty("requestBody", out _)).Select(Takes)
            .Order());
        Assert.Empty(document.RootElement.GetProperty("components").GetProperty("schemas").EnumerateObject()
            .Where(s => s.Name != "ProblemDetails" && s.Value.TryGetProperty("properties", out _))
            .SelectMany(s =>
                s.Value.GetProperty("properties").EnumerateObject().Where(IsBare)
                .Select(p => $"{s.Name}.{p.Name} has no docstring")));
    }

    [Fact]
    public async Task Every_field_of_every_answer_stands_in_it()
    {
        using var ledger = new WatchedLedger();
        using (var queue = Ledger.OpenSqlite(ledger.File))
            Assert.True(
                queue.Announce(new Node(Node, new ProcessIdentity("machine", 1, "now"), []), DateTimeOffset.UtcNow,
                    TimeSpan.FromMinutes(10)));
        ledger.WriteLog(2, 1, "said");
        ledger.WriteResult("runs.csv", "run_id");
        using var dashboard = await RunningDashboard.StartAsync(ledger.File, state: ledger.Folder);
        var fields = new AnswerFields(await dashboard.GetAsync("api/openapi.json"));
        foreach (var (path, method, operation) in Operations(fields.Document))
        {
            var place = path[1..]
                .Replace("{name}", path.Contains("nodes", StringComparison.Ordinal) ? Node : WatchedLedger.Sweep,
                StringComparison.Ordinal)
                .Replace("{id}", WatchedLedger.Id(2), StringComparison.Ordinal)
                    .Replace("{path}", "runs.csv", StringComparison.Ordinal);
            if (!operation.GetProperty("responses").GetProperty("200").TryGetProperty("content", out _))
            {
                Assert.Equal(HttpStatusCode.OK, (await dashboard.LookAsync(place)).Status); // a file, as it is
                continue;
            }
            var (mediaType, schema) = AnswerFields.Of(operation, "200");
            if (mediaType == "text/event-stream")
            {
                await using var stream = await dashboard.Client.GetStreamAsync(new Uri(place, UriKind.Relative));
                using var events = new StreamReader(stream);
                string line;
                do line = (await events.ReadLineAsync())!; while (!line.StartsWith("data: ", StringComparison.Ordinal));
                fields.Check(path, schema, line["data: ".Length..]);
                continue;
            }
            var (status, text) = method == "post"
                ? await dashboard.PostAsync(place, RunningDashboard.Token,
                    Bodies.GetValueOrDefault(path.Split('/')[^1])) : await dashboard.LookAsync(place);
            Assert.True(status == HttpStatusCode.OK, $"{path}: {status}, {text}");
            if (mediaType == "application/json") fields.Check(path, schema, text);
        }
        var (_, problem) =
            AnswerFields.Of(fields.Document.GetProperty("paths").GetProperty("/api/sweeps/{name}").GetProperty("get"),
                "404");
        fields.Check("404", problem, (await dashboard.LookAsync("api/sweeps/nothing")).Text);
        Assert.Superset(
            new HashSet<string> { "changes", "states", "bitsPerByte", "budgetFlops", "kind", "done", "status",
            "detail", "fence", "lossTrain", "deviceSeconds", "lane" }, fields.Seen);
    }

    // What is of a type of its own is described there.
    private static bool IsBare(JsonProperty property) =>
        !new[] { "description", "$ref", "oneOf" }.Any(said => property.Value.TryGetProperty(said, out _));

    private static string Takes((string Path, string Method, JsonElement Operation) of) =>
        $"{of.Path.Split('/')[^1]}: " + string.Join(' ',
        of.Operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json")
        .GetProperty("schema").GetProperty("properties")
            .EnumerateObject().Select(p => p.Name));

    private static IEnumerable<(string Path, string Method, JsonElement Operation)> Operations(JsonElement document) =>
        document.GetProperty("paths").EnumerateObject()
        .SelectMany(p => p.Value.EnumerateObject().Select(m => (p.Name, m.Name, m.Value)));
}

/// <summary>
/// Holds answers to their schemas: every property is described, has the type that is said, and is there where it must
/// be.
/// </summary>
internal sealed class AnswerFields(JsonElement document)
{
    public JsonElement Document => document;

    /// <summary>Names of properties that answers had.</summary>
    public HashSet<string> Seen { get; } = [];

    /// <summary>The media type and the schema of an operation's answer.</summary>
    public static (string MediaType, JsonElement Schema) Of(JsonElement operation, string status)
    {
        var content = operation.GetProperty("responses").GetProperty(status).GetProperty("content").EnumerateObject()
            .Single();
        return (content.Name, content.Value.GetProperty("schema"));
    }

    public void Check(string place, JsonElement schema, string json)
    {
        using var answer = JsonDocument.Parse(json);
        Check(place, schema, answer.RootElement);
    }

    private void Check(string place, JsonElement schema, JsonElement value)
    {
        if (schema.TryGetProperty("oneOf", out var either)) schema = either.EnumerateArray()
            .Single(s => s.TryGetProperty("$ref", out _));
        if (schema.TryGetProperty("$ref", out var name))
            schema = document.GetProperty("components").GetProperty("schemas")
                .GetProperty(name.GetString()!.Split('/')[^1]);
        if (schema.TryGetProperty("enum", out var words))
        {
            Assert.True(words.EnumerateArray().Any(w => w.ValueEquals(value.GetString())), $"{place}: {value}");
            return;
        }
        var type = schema.GetProperty("type");
        var types = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString())
            : [type.GetString()];
        Assert.True(types.Intersect(Types(value)).Any(), $"{place}: {value} is no {type}");
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) Check($"{place}[]", schema.GetProperty("items"), item);
        }
        if (value.ValueKind != JsonValueKind.Object) return;
        if (schema.TryGetProperty("required", out var required))
            Assert.All(required.EnumerateArray(),
                r => Assert.True(value.TryGetProperty(r.GetString()!, out _), $"{place}: {r} is not there"));
        foreach (var property in value.EnumerateObject())
        {
            var isDescribed = schema.TryGetProperty("properties", out var properties)
                && properties.TryGetProperty(property.Name, out _);
            Assert.True(isDescribed || schema.TryGetProperty("additionalProperties", out _),
                $"{place}.{property.Name} is not described");
            Check($"{place}.{property.Name}", isDescribed ? properties.GetProperty(property.Name)
                : schema.GetProperty("additionalProperties"), property.Value);
            Seen.Add(property.Name);
        }
    }

    private static string[] Types(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => ["object"],
        JsonValueKind.Array => ["array"],
        JsonValueKind.String => ["string"],
        JsonValueKind.Null => ["null"],
        JsonValueKind.Number => value.TryGetInt64(out _) ? ["integer", "number"] : ["number"],
        _ => ["boolean"],
    };
}
