using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace ScalingLab.Runs;

/// <summary>
/// A task that finished runs of a sweep are scored on. It is asked of the model that training ended with, so it is no
/// part of what a run is: a run has the same id with and without it.
/// </summary>
/// <param name="Name">The end of its columns' names.</param>
/// <param name="File">A file of JSON lines; null: held-out documents are gone on with.</param>
public sealed record RunTask(string Name, string? File = null)
{
    /// <summary>Tokens that are read of a held-out document, and written, unless told otherwise.</summary>
    public const int DefaultTokens = 32;

    /// <summary>What going on with held-out documents is called, unless it is named.</summary>
    public const string HeldOut = "held-out";

    /// <summary>Letters of the longest name.</summary>
    public const int MostName = 32;

    /// <summary>SHA-256 of the file's content, hexadecimal; null before it was read, and where there is none.</summary>
    public string? Hash { get; init; }

    /// <summary>
    /// Only the first so many documents of the file; of held-out documents how many. Null: all of the file.
    /// </summary>
    public int? Limit { get; init; }

    /// <summary>Tokens of a held-out document that are read.</summary>
    public int PromptTokens { get; init; } = DefaultTokens;

    /// <summary>Most tokens that are written of each document, greedily.</summary>
    public int Tokens { get; init; } = DefaultTokens;

    /// <summary>Names what is asked, wherever the file lies: 16 hexadecimal digits of a hash.</summary>
    [JsonIgnore]
    public string Key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        FormattableString.Invariant($"{Hash} {Limit} {PromptTokens} {Tokens}"))))[..16];

    /// <summary>What a task is called by its file: what does not do in a column's name is a hyphen.</summary>
    public static string NameOf(string file)
    {
        var plain = Path.GetExtension(file) is ".gz" or ".zst" ? Path.GetFileNameWithoutExtension(file) : file;
        var name = new string([.. Path.GetFileNameWithoutExtension(plain)
            .Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        name = char.IsAsciiLetter(name.FirstOrDefault()) ? name : $"task-{name}";
        return name[..Math.Min(name.Length, MostName)].TrimEnd('-');
    }
}
