using System.ComponentModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using ScalingLab.Evaluation.Metrics;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Lab.Evaluations;

/// <summary>Which of two texts a person preferred.</summary>
public enum Preference
{
    A,
    B,
    Neither,
}

/// <summary>Two models' texts after one beginning, and which of them a person preferred: a line of the file.</summary>
/// <param name="RunA">The first run.</param>
/// <param name="RunB">The second.</param>
/// <param name="How">How both wrote.</param>
/// <param name="Prompt">What both read.</param>
/// <param name="TextA">What the first wrote.</param>
/// <param name="TextB">What the second wrote.</param>
/// <param name="ShownFirst">Whose text stood above.</param>
/// <param name="Preferred">The answer.</param>
public sealed record JudgedPair(
    string RunA, string RunB, string How, string Prompt, string TextA, string TextB, Preference ShownFirst,
    Preference Preferred);

/// <summary>The file of answers: read at the start, and added to with each answer.</summary>
public sealed class JudgedPairs
{
    private static readonly JsonSerializerOptions Json = new(RunJson.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _path;
    private readonly List<JudgedPair> _all;

    /// <summary>Reads what was answered before.</summary>
    /// <exception cref="InputException">The file cannot be read, or has lines that are no answers: all of
    /// them.</exception>
    public JudgedPairs(string path)
    {
        _path = path;
        var problems = new List<Problem>();
        _all = File.Exists(path) && new FileInfo(path).Length > 0
            ? [.. InputFile.ReadText(path, FileKind.Task).Split('\n').Index()
                .Where(line => !string.IsNullOrWhiteSpace(line.Item))
                .Select(line => Read(line.Item, line.Index + 1, problems)).OfType<JudgedPair>()]
            : [];
        if (problems.Count > 0) throw new InputException(problems);
    }

    /// <summary>Whether that was answered before, of the same texts.</summary>
    public bool Has(JudgedPair pair) => _all.Any(other => (other.RunA, other.RunB, other.Prompt, other.TextA,
        other.TextB) == (pair.RunA, pair.RunB, pair.Prompt, pair.TextA, pair.TextB));

    /// <summary>Adds an answer, to the file too.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Add(JudgedPair pair)
    {
        try
        {
            File.AppendAllText(_path, JsonSerializer.Serialize(pair, Json) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException("--answers", $"{_path} cannot be written: {e.Message}");
        }

        _all.Add(pair);
    }

    /// <summary>Answers of two runs that wrote like this: for each, and for neither.</summary>
    public (int A, int B, int Neither) Count(string runA, string runB, string how)
    {
        var own = _all.Where(p => (p.RunA, p.RunB, p.How) == (runA, runB, how)).CountBy(p => p.Preferred)
            .ToDictionary();
        return (own.GetValueOrDefault(Preference.A), own.GetValueOrDefault(Preference.B),
            own.GetValueOrDefault(Preference.Neither));
    }

    /// <summary>How often the second was preferred where one of the two was; null where none was.</summary>
    public static (double Share, Range95 Range)? WinRate(int a, int b) =>
        a + b == 0 ? null : ((double)b / (a + b), Proportion.Wilson(b, a + b));

    private JudgedPair? Read(string line, int number, List<Problem> problems)
    {
        try
        {
            var read = RunJson.Deserialize<JudgedPair>(line);
            if (Enum.IsDefined(read.Preferred) && Enum.IsDefined(read.ShownFirst)) return read;
            throw new InvalidEnumArgumentException("neither a, b nor neither is preferred");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or InvalidEnumArgumentException)
        {
            // The reader appends its own path and line, counted from 0.
            var text = e.Message.Split(" Path: ", 2)[0].Split(" LineNumber: ", 2)[0];
            problems.Add(new Problem($"{_path}:{number}", $"is no answer of 'lab judge': {text}"));
            return null;
        }
    }
}
