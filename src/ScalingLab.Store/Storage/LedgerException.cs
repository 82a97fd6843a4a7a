using System.Data.Common;
using ScalingLab.Runs;

namespace ScalingLab.Store.Storage;

/// <summary>
/// A ledger that does not answer, or not with what was written: what it is and what to do, in one line that advises no
/// loss of data.
/// </summary>
public sealed class LedgerException : DbException
{
    private const int MaxLength = 200; // characters

    /// <param name="place">Where the ledger is, without secrets.</param>
    /// <param name="text">What it is and what to do.</param>
    /// <param name="lasts">Whether waiting mends nothing.</param>
    /// <param name="cause">What the database said.</param>
    public LedgerException(string place, string text, bool lasts, Exception? cause = null)
        : base($"{place}: {text}", cause) => (Problem, IsPermanent) = (new Problem(place, text), lasts);

    /// <summary>The ledger's place and what is wrong there.</summary>
    public Problem Problem { get; }

    /// <summary>Whether waiting mends nothing: it is damaged, may not be written, or is none.</summary>
    public bool IsPermanent { get; }

    /// <summary>
    /// Whether what was written is damaged: no room on a disk and no right that comes back mends that.
    /// </summary>
    public bool IsDamaged { get; internal init; }

    /// <inheritdoc/>
    public override bool IsTransient => !IsPermanent;

    /// <summary>What a database says, which may quote what is damaged: one line of bounded length.</summary>
    internal static string Line(string said) =>
        string.Concat(said.Take(MaxLength).Select(c => char.IsControl(c) ? ' ' : c));
}

/// <summary>A row whose columns are not what the ledger ever wrote.</summary>
internal sealed class UnreadableRowException(Exception cause) : Exception(cause.Message, cause);
