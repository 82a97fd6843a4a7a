using System.Text;
using ScalingLab.Data.Tokenizers.Files;

namespace ScalingLab.Data.Benchmarks;

/// <summary>Whether texts get the same tokens as from Hugging Face's library, by every encoding.</summary>
internal static class EqualTokens
{
    /// <returns>Whether all did; each text that did not is said.</returns>
    public static bool Run(IReadOnlyList<string> files)
    {
        var equal = true;
        foreach (var encoding in Contenders.Encodings)
        {
            var (own, theirs) = (BuiltInTokenizers.Find(encoding)!, Contenders.HuggingFaces(encoding));
            var (bytes, tokens, differ) = (0L, 0L, 0);
            foreach (var file in files)
            {
                var text = Contenders.Texts([file])[0];
                var (ours, expected) = (own.Encode(text), theirs(text));
                bytes += Encoding.UTF8.GetByteCount(text);
                tokens += ours.Length;
                var same = ours.Zip(expected).TakeWhile(pair => pair.First == pair.Second).Count();
                if (same == ours.Length && same == expected.Length) continue;
                differ++;
                var near = own.Decode(ours.Skip(same - 4).Take(8).ToArray().AsSpan());
                Console.WriteLine(FormattableString.Invariant(
                    $"{encoding}: {file} differs from token {same} on, near '{near}'"));
            }
            equal &= differ == 0;
            Console.WriteLine(FormattableString.Invariant(
                $"{encoding}: {bytes / 1e6:F1} MB, {tokens:N0} tokens, {differ} of {files.Count} files differ"));
        }
        return equal;
    }
}
