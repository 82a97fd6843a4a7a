using ScalingLab.Runs;
using ScalingLab.Runs.Grids;

namespace ScalingLab.Lab.Requests;

/// <summary>A grid as a person gave it.</summary>
/// <param name="File">Its file.</param>
/// <param name="AnyPath">Whether it may name text outside its folder.</param>
/// <param name="Overrides">Values in place of the file's: <c>seeds=1,2</c>.</param>
public sealed record GridRequest(string File, bool AnyPath, IReadOnlyList<string> Overrides)
{
    /// <exception cref="InputException">It cannot be read, or has problems: all of them.</exception>
    public Grid Read() => GridFile.Read(File, AnyPath, Overrides);
}
