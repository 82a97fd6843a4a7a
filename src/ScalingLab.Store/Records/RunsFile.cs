using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScalingLab.Runs;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Store.Records;

/// <summary>
/// A file of finished runs: gzip of lines of JSON, first a header with the number of runs, then a line a run. The same
/// runs give the same bytes, and a file is written whole or not at all.
/// </summary>
public static class RunsFile
{
    private const int Version = 1;
    private const int MaxHeaderLength = 1024; // characters
    private const int MaxProblems = 100; // then nobody reads on

    // What a file may hold for its length, which bounds what a bomb can do: runs pack to a tenth, never to a hundredth.
    private const long LeastCharacters = 16 * 1024 * 1024;
    private const long CharactersAByte = 100;

    // A run with a curve of 100,000 points, the most that a grid may ask for, has some 50 million characters.
    private const long MaxLineLength = 128 * 1024 * 1024;

    // A ledger keeps infinity, which JSON has no number for.
    private static readonly JsonSerializerOptions Options =
        new(RunJson.Options) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Writes the runs, in place of a file that is there.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string file, IReadOnlyList<FinishedRun> runs, CancellationToken stop = default)
    {
        var temporary = string.Create(CultureInfo.InvariantCulture, $"{file}.{Environment.ProcessId}.tmp");
        try
        {
            using (var text =
                new StreamWriter(new GZipStream(File.Create(temporary), CompressionLevel.SmallestSize))
                { NewLine = "\n" })
            {
                text.WriteLine(JsonSerializer.Serialize(new Header(Version, runs.Count), Options));
                foreach (var run in runs)
                {
                    stop.ThrowIfCancellationRequested();
                    text.WriteLine(JsonSerializer.Serialize(run, Options));
                }
            }

            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, $"cannot be written: {e.Message}");
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    /// <summary>Reads the runs of a file; it may have been unpacked.</summary>
    /// <exception cref="InputException">It is no such file, was damaged, cut short or changed: every problem with its
    /// line.</exception>
    public static IReadOnlyList<FinishedRun> Read(string file)
    {
        var (runs, problems) = (new List<FinishedRun>(), new List<Problem>());
        var line = 0;
        try
        {
            using var text = Open(file, out var left);
            var expected = ReadHeader(file, BoundedLines.ReadLine(text, MaxHeaderLength));
            line = 1;
            var lines = new Dictionary<string, int>();
            while (BoundedLines.ReadLine(text, (int)Math.Min(left, MaxLineLength)) is { } json)
            {
                line++;
                left -= json.Length;
                if (Run(json, out var wrong) is { } run)
                {
                    runs.Add(run);
                    wrong = [.. run.Problems().Select(p => $"{p.Field}: {p.Problem}")];
                    if (!lines.TryAdd(run.Run, line))
                        wrong.Add($"run: {run.Run} is there twice, in line {lines[run.Run]} first");
                }
                problems.AddRange(wrong.Select(w => At(file, line, w)));
                if (line - 1 > (long)expected + MaxProblems || problems.Count >= MaxProblems)
                {
                    problems.Add(At(file, line, "the file is not read beyond this line: bring it over again"));
                    throw new InputException(problems);
                }
            }
            if (line - 1 != expected)
                problems.Add(At(file, line, $"the file ends after {line - 1} runs, and its header says {expected}: it "
                    + "was cut short or changed"));
        }
        catch (InvalidDataException e)
        {
            problems.Add(At(file, line + 1, $"the data are damaged from here on "
                + $"({e.Message}): bring the file over again"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(
                new Problem(file, e is FileNotFoundException or DirectoryNotFoundException ? "no such file"
                    : $"cannot be read: {e.Message}"));
        }
        return problems.Count == 0 ? runs : throw new InputException(problems);
    }

    /// <param name="file">The file.</param>
    /// <param name="most">Characters that it may hold for its length.</param>
    private static StreamReader Open(string file, out long most)
    {
        var stream = InputFile.Open(file, FileKind.Runs);
        most = Math.Max(LeastCharacters, CharactersAByte * stream.Length);
        var isCompressed = stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
        stream.Position = 0;
        return new StreamReader(isCompressed ? new GZipStream(stream, CompressionMode.Decompress) : stream,
            Encoding.UTF8);
    }

    private static int ReadHeader(string file, string? line)
    {
        const string What = "this is no file of finished runs, which 'lab export' writes";
        try
        {
            var header = JsonSerializer.Deserialize<Header>(line ?? "", Options);
            if (header is null) throw new InputException([At(file, 1, What)]);
            if (header.ScalingLabRuns == Version) return header.Runs;
            throw new InputException([At(file, 1, $"the file is of version {header.ScalingLabRuns}, this program knows "
                + $"{Version}: use the newer program")]);
        }
        catch (JsonException)
        {
            throw new InputException([At(file, 1, What)]);
        }
    }

    private static FinishedRun? Run(string json, out List<string> wrong)
    {
        wrong = [];
        try
        {
            var run = JsonSerializer.Deserialize<FinishedRun>(json, Options);
            if (run is null) wrong.Add("is null where a run was expected");
            return run;
        }
        catch (JsonException e)
        {
            // The message ends in a path and a line of its own; the path is said, the line is always the first.
            var text = e.Message.Split(" Path: ", 2)[0].Split(" LineNumber: ", 2)[0];
            wrong.Add(e.Path is { Length: > 2 } path ? $"{path[2..]}: {text}" : text);
            return null;
        }
    }

    private static Problem At(string file, int line, string text) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file} line {line}"), text);

    private sealed record Header(int ScalingLabRuns, int Runs);
}
