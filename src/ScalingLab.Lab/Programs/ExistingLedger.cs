using ScalingLab.Lab.Formatting;
using ScalingLab.Runs;
using ScalingLab.Store;
using ScalingLab.Store.Storage;

namespace ScalingLab.Lab.Programs;

/// <summary>A ledger that has to be there, and names that it has to know.</summary>
public static class ExistingLedger
{
    /// <exception cref="InputException">There is none yet.</exception>
    public static Ledger Open(string place) => Ledger.OpenIfThere(place)
        ?? throw new InputException("--ledger", $"there is no ledger {LedgerLocation.Redacted(place)} yet: "
            + $"{HowToCreate}");

    /// <summary>How there comes to be one.</summary>
    public static string HowToCreate =>
        $"'{CommandName.AsInvoked} run GRID' or '{CommandName.AsInvoked} queue GRID' makes it";

    /// <exception cref="InputException">The ledger does not know the sweep or the node: which it knows.</exception>
    public static void Require(Ledger ledger, string? sweep, string? node)
    {
        var problems = new List<Problem>();
        if (sweep is not null && ledger.Find(sweep) is null)
            problems.Add(new Problem("SWEEP", $"no sweep is called '{sweep}' (known: "
                + $"{ListNames(ledger.Sweeps().Select(s => s.Name))})"));
        if (node is not null && ledger.Nodes() is var nodes && nodes.All(n => n.Node.Name != node))
            problems.Add(new Problem("--node", $"no node is called '{node}' (known: "
                + $"{ListNames(nodes.Select(n => n.Node.Name))})"));
        if (problems.Count > 0) throw new InputException(problems);
    }

    private static string ListNames(IEnumerable<string> names) =>
        string.Join(", ", names) is { Length: > 0 } known ? known : "none yet";
}
