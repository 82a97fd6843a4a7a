using System.Text;
using System.Text.Json;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Data.Tokenizers;

/// <summary>Text to token numbers and back. Safe to use from several threads at once.</summary>
public abstract class Tokenizer
{
    private protected Tokenizer(int vocabulary) => Vocabulary = vocabulary;

    /// <summary>The name a grid file uses: "bytes" or "bpe".</summary>
    public abstract string Kind { get; }

    /// <summary>Number of tokens; they are numbered 0 to Vocabulary - 1.</summary>
    public int Vocabulary { get; }

    /// <summary>The last number: stands after each document, never inside one, and encodes no text.</summary>
    public int EndOfDocument => Vocabulary - 1;

    /// <summary>SHA-256, in hexadecimal, of all that decides how text is encoded.</summary>
    public abstract string Hash { get; }

    /// <summary>
    /// Appends the tokens of a text (without an end of document). A lone surrogate, which no UTF-8 can hold, is encoded
    /// as U+FFFD; every well-formed string decodes to itself.</summary>
    public abstract void Encode(ReadOnlySpan<char> text, List<int> tokens);

    public int[] Encode(string text)
    {
        var tokens = new List<int>(text.Length / 2);
        Encode(text.AsSpan(), tokens);
        return [.. tokens];
    }

    /// <summary>The bytes that a token stands for; none for the end of document.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such token.</exception>
    public abstract ReadOnlySpan<byte> Bytes(int token);

    /// <summary>
    /// The text of tokens; bytes that are not whole characters (a text cut between tokens) become U+FFFD.
    /// </summary>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens) bytes.AddRange(Bytes(token));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <inheritdoc cref="Decode(ReadOnlySpan{int})"/>
    public string Decode(ReadOnlySpan<long> tokens)
    {
        var narrow = new int[tokens.Length];
        for (var i = 0; i < narrow.Length; i++) narrow[i] = (int)tokens[i];
        return Decode(narrow);
    }

    /// <summary>Writes the tokenizer as JSON.</summary>
    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(ToFile(), TokenizerFile.Json));

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="DataException">The file is missing, damaged or of another version.</exception>
    public static Tokenizer Load(string path)
    {
        try
        {
            var file =
                JsonSerializer.Deserialize<TokenizerFile>(InputFile.OpenText(path, FileKind.Prepared),
                    TokenizerFile.Json)
                ?? throw new DataException($"{path}: holds no tokenizer.");
            return file.ToTokenizer(path);
        }
        catch (Exception damaged) when (damaged is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the tokenizer cannot be read: {damaged.Message}", damaged);
        }
    }

    private protected abstract TokenizerFile ToFile();
}
