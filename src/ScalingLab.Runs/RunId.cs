using System.Security.Cryptography;
using System.Text;

namespace ScalingLab.Runs;

/// <summary>
/// A run is named by what it is: the first 16 hexadecimal digits of the SHA-256 of its canonical JSON. The data's name
/// for people is left out; device, threads, paths and logging are not in the spec at all.
/// </summary>
public readonly record struct RunId(string Value)
{
    /// <summary>The name of <paramref name="spec"/>.</summary>
    public static RunId From(RunSpec spec)
    {
        var canonical = RunJson.Serialize(spec with { Data = spec.Data with { Corpus = "" } });
        return new RunId(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))[..16]);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
