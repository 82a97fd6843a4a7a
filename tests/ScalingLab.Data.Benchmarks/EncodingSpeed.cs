using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ScalingLab.Data.Benchmarks;

/// <summary>MB of text encoded a second, each contender in turn, on one thread and on two.</summary>
internal static class EncodingSpeed
{
    /// <param name="texts">What is encoded, a document each.</param>
    /// <param name="files">Their files, for programs beside this one.</param>
    /// <param name="node">A folder with tiktoken's packages for Node.js; null: it is left out.</param>
    /// <param name="repeats">Turns; of each contender the best counts.</param>
    public static void Run(string[] texts, List<string> files, string? node, int repeats)
    {
        var bytes = texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text));
        Print($"{bytes / 1e6:F1} MB in {texts.Length} texts; load {File.ReadAllText("/proc/loadavg")[..14]}");
        Print($"| encoding | threads | ours, MB/s | Microsoft.ML | Hugging Face | tiktoken | ours over each |");
        Print($"|---|---|---|---|---|---|---|");
        foreach (var encoding in Contenders.Encodings)
        {
            var (own, microsofts) = (Contenders.Own(encoding), Contenders.Microsofts(encoding));
            var huggingFaces = Contenders.HuggingFaces(encoding);
            Func<int, (double Seconds, long Tokens)>?[] contenders =
            [
                threads => Encode(texts, own, threads),
                threads => Encode(texts, microsofts, threads),
                threads => Encode(texts, text => huggingFaces(text).Length, threads),
                node is null ? null : threads => Tiktoken(node, encoding, files, threads),
            ];
            foreach (var threads in (int[])[1, 2])
            {
                var (best, tokens) = (new double[contenders.Length], new long[contenders.Length]);
                for (var turn = 0; turn < repeats; turn++)
                {
                    for (var i = 0; i < contenders.Length; i++)
                    {
                        if (contenders[i] is not { } contender) continue;
                        var (seconds, count) = contender(threads);
                        (best[i], tokens[i]) = (Math.Max(best[i], bytes / 1e6 / seconds), count);
                    }
                }
                var ratios = best.Skip(1).Where(speed => speed > 0).Select(speed => Format($"{best[0] / speed:F1}"));
                var speeds = string.Join(" | ", best.Select(Speed));
                Print($"| {encoding} | {threads} | {speeds} | {string.Join(", ", ratios)} |");
                if (tokens.Where(count => count > 0).Distinct().Count() > 1)
                    Print($"(tokens: {string.Join(", ", tokens)})");
            }
        }
    }

    private static (double Seconds, long Tokens) Encode(string[] texts, Func<string, int> encode, int threads)
    {
        var (next, tokens) = (-1, 0L);
        var began = Stopwatch.GetTimestamp();
        if (threads == 1) Work();
        else Parallel.Invoke([.. Enumerable.Repeat((Action)Work, threads)]);
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, tokens);

        void Work()
        {
            long own = 0;
            for (int i; (i = Interlocked.Increment(ref next)) < texts.Length;) own += encode(texts[i]);
            Interlocked.Add(ref tokens, own);
        }
    }

    /// <summary>tiktoken in processes of Node.js, one a thread: each has its share of the files.</summary>
    private static (double Seconds, long Tokens) Tiktoken(string node, string encoding, List<string> files, int threads)
    {
        var shares = Enumerable.Range(0, threads).Select(t => files.Where((_, i) => i % threads == t)).ToList();
        var processes = shares.Select(share => Start(node, encoding, share)).ToList();
        foreach (var process in processes) process.StandardOutput.ReadLine(); // it has read its files
        foreach (var process in processes) process.StandardInput.WriteLine();
        var answers = processes.Select(process => process.StandardOutput.ReadToEnd().Split(' ')).ToList();
        foreach (var process in processes) process.WaitForExit();
        return (answers.Max(answer => double.Parse(answer[0], CultureInfo.InvariantCulture)),
            answers.Sum(answer => long.Parse(answer[1], CultureInfo.InvariantCulture)));
    }

    private static Process Start(string node, string encoding, IEnumerable<string> files)
    {
        // tiktoken-node is tiktoken's own core; it has no o200k_base, so that of tiktoken's WebAssembly is taken.
        const string Script = """
            const [encoding, ...files] = process.argv.slice(1);
            const fs = require('fs'), texts = files.map(file => fs.readFileSync(file, 'utf8'));
            const native = encoding !== 'o200k_base';
            const it = native ? require('tiktoken-node').getEncoding(encoding)
              : require('tiktoken').get_encoding(encoding);
            const encode = text => (native ? it.encode(text, [], []) : it.encode_ordinary(text)).length;
            encode('warm');
            console.log('ready');
            process.stdin.once('data', () => {
              const began = process.hrtime.bigint();
              let tokens = 0;
              for (const text of texts) tokens += encode(text);
              console.log(Number(process.hrtime.bigint() - began) / 1e9, tokens);
              process.exit(0);
            });
            """;
        string[] words = ["-e", Script, "--", encoding, .. files.Select(Path.GetFullPath)];
        return Process.Start(new ProcessStartInfo("node", words)
        {
            WorkingDirectory = node, RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
    }

    private static string Speed(double speed) => speed > 0 ? Format($"{speed:F1}") : "";

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Print(FormattableString text) => Console.WriteLine(Format(text));
}
