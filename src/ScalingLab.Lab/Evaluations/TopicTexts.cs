using ScalingLab.Lab.Inputs.Columns;
using ScalingLab.Runs;

namespace ScalingLab.Lab.Evaluations;

/// <summary>A text, the line of its file that it begins on, and its topic's number.</summary>
public sealed record TopicText(string Text, int Line, int Topic);

/// <summary>Texts with a topic each, for training and for the test.</summary>
/// <param name="Topics">All topics of the training texts, in the order of the alphabet.</param>
/// <param name="Train">Training texts.</param>
/// <param name="Test">The others.</param>
public sealed record TopicTexts(
    IReadOnlyList<string> Topics, IReadOnlyList<TopicText> Train, IReadOnlyList<TopicText> Test)
{
    /// <summary>Reads two tables with the same columns.</summary>
    /// <param name="train">The training texts' file.</param>
    /// <param name="test">The others' file.</param>
    /// <param name="label">The column of topics.</param>
    /// <param name="text">The columns of text, with commas; they become lines of one text.</param>
    /// <exception cref="InputException">Every problem of both.</exception>
    public static TopicTexts Read(string train, string test, string label, string text)
    {
        var problems = new List<Problem>();
        var columns = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (columns.Length == 0) throw new InputException("--text", "names no column; give e.g. --text headline,text");
        var (known, asked) = (Rows(train, label, columns, problems), Rows(test, label, columns, problems));
        List<string> topics = [.. known.Select(r => r.Topic).Distinct().Order(StringComparer.Ordinal)];
        // Of files that were not read whole nothing more can be told.
        if (problems.Count > 0) throw new InputException(problems);
        problems.AddRange(asked.Select(r => r.Topic).Distinct().Except(topics)
            .Select(t => new Problem(test, $"has the topic '{t}', which no text of {train} has")));
        if (problems.Count == 0 && topics.Count < 2)
            problems.Add(new Problem(train, "has texts of one topic alone; two are needed to tell them apart"));
        return problems.Count > 0 ? throw new InputException(problems)
            : new TopicTexts(topics, [.. known.Select(Numbered)], [.. asked.Select(Numbered)]);
        TopicText Numbered((string Text, int Line, string Topic) row) =>
            new(row.Text, row.Line, topics.IndexOf(row.Topic));
    }

    private static List<(string Text, int Line, string Topic)> Rows(
        string file, string label, IReadOnlyList<string> columns, List<Problem> problems)
    {
        try
        {
            var table = CsvTable.Read(file);
            var missing = columns.Prepend(label).Where(c => !table.Has(c)).ToList();
            if (missing.Count > 0)
            {
                problems.AddRange(missing.Select(c => new Problem(file, $"has no column '{c}' ({table.Columns}); --label "
                    + "and --text name them")));
                return [];
            }

            var rows = new List<(string, int, string)>();
            foreach (var row in table.Rows)
            {
                var text = string.Join('\n', columns.Select(c => table.Text(row, c)).OfType<string>());
                var topic = table.Text(row, label);
                if (topic is not null && text.Length > 0) rows.Add((text, (int)row.Line, topic));
                else problems.Add(new Problem($"{file} line {row.Line}", topic is null ? $"has no {label}"
                    : $"has no {string.Join(" or ", columns)}"));
            }

            if (table.Rows.Count == 0) problems.Add(new Problem(file, "has no row below its header"));
            return rows;
        }
        catch (InputException e)
        {
            problems.AddRange(e.Problems);
            return [];
        }
    }
}
