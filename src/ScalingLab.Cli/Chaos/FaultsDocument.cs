using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ScalingLab.Cli.Chaos.Trials;
using Spectre.Console;
using static System.FormattableString;

namespace ScalingLab.Cli.Chaos;

/// <summary>
/// What was seen, as a table on the screen and as docs/faults.md. Rows that are tried again replace their own line of
/// the document and leave the others, so that the long table can be gone through in pieces; each line says on what
/// machine it was seen.
/// </summary>
/// <param name="seed">What the moments were chosen by.</param>
/// <param name="quick">Whether each was tried once only.</param>
internal sealed class FaultsDocument(int seed, bool quick)
{
    private readonly List<(ChaosFault Row, ChaosOutcome Outcome)> _rows = [];
    private readonly Dictionary<string, string> _lines = [];

    /// <summary>Whether everything that could be tried held.</summary>
    public bool Held => _rows.TrueForAll(r => r.Outcome.Held != false);

    private static string Machine { get; } = Invariant(
        $"{Environment.ProcessorCount} {(Environment.ProcessorCount == 1 ? "core" : "cores")}, {RuntimeInformation.OSDescription}");

    public static string Word(ChaosOutcome outcome) => outcome.Held switch
    {
        true => "held",
        false => "BROKEN",
        null => "not run",
    };

    public void Add(ChaosFault row, ChaosOutcome outcome, TimeSpan took)
    {
        _rows.Add((row, outcome));
        var cells = new[]
        {
            row.Name, row.Fault, row.Promise, Invariant($"{outcome.Trials}{(quick ? " (--quick)" : "")}"),
                Word(outcome), outcome.Seen,
            Invariant($"{took.TotalSeconds:0}"), Invariant($"{seed}"),
                Invariant($"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}"),
            Machine,
        };
        _lines[row.Name] =
            $"| {string.Join(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal)))} |";
    }

    public Table Table(TableBorder border)
    {
        var table = new Table().Border(border);
        foreach (var heading in (string[])["row", "fault", "trials", "", "what was seen"]) table.AddColumn(heading);
        foreach (var (row, outcome) in _rows)
        {
            table.AddRow(new[]
                { row.Name, row.Fault, outcome.Trials.ToString(CultureInfo.InvariantCulture), Word(outcome),
                    outcome.Seen }
                .Select(Markup.Escape).ToArray());
        }
        return table;
    }

    /// <summary>The document anew.</summary>
    /// <param name="before">As it is now; null where there is none.</param>
    public string Markdown(string? before)
    {
        var kept = LinesOf(before);
        var text = new StringBuilder();
        text.AppendLine("# Faults, injected for real").AppendLine();
        text.AppendLine("Written by `./lab chaos`: real hosts (`lab node`), real workers that train micro models, real "
            + "databases; nothing is simulated.");
        text.AppendLine("What damaged and lying inputs meet is in [bad-inputs.md](bad-inputs.md).");
        text.AppendLine("A machine of its own is a space of process ids of its own (`unshare --pid`): its processes "
            + "are switched off "
            + "together, and no other node sees them.");
        text.AppendLine(
            "`./lab chaos ROW --seed SEED` tries a row again at the same moments, and writes its line anew.")
            .AppendLine();
        text.AppendLine("| row | fault | promised | trials | | what was seen | s | seed | day | machine |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var row in ChaosFaults.Rows)
        {
            if (_lines.TryGetValue(row.Name, out var line) || kept.TryGetValue(row.Name, out line))
                text.AppendLine(line);
        }
        return text.ToString();
    }

    private static Dictionary<string, string> LinesOf(string? before) => before is null
        ? []
        : before.Split('\n')
        .Where(l => ChaosFaults.Rows.Any(r => l.StartsWith($"| {r.Name} |", StringComparison.Ordinal)))
            .ToDictionary(l => l.Split('|')[1].Trim(), l => l.TrimEnd());
}
