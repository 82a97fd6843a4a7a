using System.Globalization;
using System.Text.Json;
using ScalingLab.Data.Streams;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Evaluation.Tasks;

/// <summary>
/// Reads files of JSON lines, also with .gz or .zst, in the shapes in which tasks are handed round: what kind a file
/// is, the fields of its first line say.
/// </summary>
public static class TaskReader
{
    private const int LongestLine = 16 * 1024 * 1024; // characters

    /// <summary>The tasks of files, in their order.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="limit">Only so many documents of each; null for all.</param>
    /// <exception cref="InputException">Every problem of every file.</exception>
    public static IReadOnlyList<TaskFile> Read(IEnumerable<string> paths, int? limit = null) =>
        Read(paths.Select(path => (path, limit)));

    private static List<TaskFile> Read(IEnumerable<(string Path, int? Limit)> files)
    {
        var (tasks, problems) = (new List<TaskFile>(), new List<Problem>());
        foreach (var (path, limit) in files) problems.Collect(() => tasks.Add(Read(path, limit)));
        return problems.Count == 0 ? tasks : throw new InputException(problems);
    }

    /// <summary>Reads the files that a sweep's runs are scored on.</summary>
    /// <exception cref="InputException">Every problem of every file.</exception>
    public static void Require(IReadOnlyList<RunTask> tasks) =>
        Read(tasks.Where(task => task.File is not null).Select(task => (task.File!, task.Limit)));

    /// <summary>The task of one file, of the kind that its first line shows.</summary>
    /// <exception cref="InputException">Every problem of the file.</exception>
    public static TaskFile Read(string path, int? limit = null) => InputFile.Read(path, FileKind.Task, stream =>
    {
        var (problems, documents, number) = (new List<Problem>(), new List<TaskDocument>(), 0);
        TaskKind? kind = null;
        using var text = new StreamReader(CompressedFile.Uncompressed(stream, path));
        var left = FileKind.Task.MaxBytes; // of a file that is compressed, characters bound what is held in memory
        try
        {
            while (problems.Count < InputException.MaxShown && documents.Count < (limit ?? int.MaxValue)
                && BoundedLines.ReadLine(text, LongestLine) is { } line)
            {
                number++;
                if ((left -= line.Length) < 0)
                    throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                        $"more than {FileKind.Task.MaxBytes / 1e6:N0} MB of text are no task"));
                if (string.IsNullOrWhiteSpace(line)) continue;
                if (Read(line, $"{path}:{number}", number, ref kind, problems) is { } document) documents.Add(document);
            }
        }
        catch (InvalidDataException e)
        {
            problems.Add(new Problem($"{path}:{number + 1}", e.Message));
        }

        if (problems.Count == 0 && documents.Count == 0)
            problems.Add(new Problem(path, "has no document; one JSON object a line is expected"));
        return problems.Count == 0 ? new TaskFile(path, kind!.Value, documents) : throw new InputException(problems);
    });

    private static TaskDocument? Read(string line, string place, int number, ref TaskKind? kind, List<Problem> problems)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var read = new TaskLine(json.RootElement, place, problems);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                read.AddProblem("is no JSON object");
                return null;
            }

            // The first line that is of some kind decides; another kind's line lacks that one's fields.
            kind ??= TaskShapes.KindOf(read);
            if (kind is { } known) return TaskShapes.Read(known, read, number);
            read.AddProblem($"has the fields {string.Join(", ", read.Names.Take(20))}; of no kind of task all are there "
                + $"({TaskShapes.Describe()})");
            return null;
        }
        catch (JsonException e)
        {
            problems.Add(new Problem(place, $"is no valid JSON at column {e.BytePositionInLine + 1}"));
            return null;
        }
        catch (InvalidOperationException)
        {
            problems.Add(new Problem(place, "the name of a field holds half of a surrogate pair (\\ud800 to \\udfff), "
                + "which is no character"));
            return null;
        }
    }
}
