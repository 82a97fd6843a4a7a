namespace ScalingLab.Reporting.Figures.Elements;

/// <summary>Where in a report a figure stands; their order is that of a report's files.</summary>
internal enum ReportPlace
{
    /// <summary>With the losses of the runs, or where these are the answer.</summary>
    Losses,

    /// <summary>In the answer of a sweep over unique text.</summary>
    Repetition,

    /// <summary>Leading the answer of a sweep over recipes.</summary>
    Recipes,

    /// <summary>Beside the differences between recipes; leading where nothing else does.</summary>
    RecipeDifferences,

    /// <summary>After the field that every recipe was tuned in.</summary>
    RecipeTuning,

    /// <summary>With the scores of tasks.</summary>
    Scores,

    /// <summary>Leading what a fit comes to.</summary>
    Minima,

    /// <summary>After a fit's exponents and frontier.</summary>
    Frontier,

    /// <summary>After the parametric law in full.</summary>
    Law,

    /// <summary>After the advice beside published laws.</summary>
    PublishedLaws,

    /// <summary>With what time, memory and energy the runs took.</summary>
    Machine,

    /// <summary>Not in a sweep's report.</summary>
    None,
}

/// <summary>A figure that can be asked for by its name.</summary>
/// <param name="Name">Its name; figures of one recipe among several, or of one quantity, have more after it.</param>
/// <param name="Shows">What it shows, in a line.</param>
/// <param name="Needs">The results that have it.</param>
public abstract record FigureKind(string Name, string Shows, string Needs)
{
    /// <summary>Whether several results fit on it, and a column of runs.csv can colour its runs.</summary>
    public bool TakesGroups { get; init; }

    /// <summary>Whether its horizontal axis is a quantity that is read on either scale.</summary>
    public bool TakesScale { get; init; } = true;

    /// <summary>Whether it goes over compute, tokens or time as is asked for.</summary>
    public bool TakesCurveAxis { get; init; }

    internal ReportPlace Place { get; init; } = ReportPlace.None;

    /// <summary>Whether a figure of this name is of this kind.</summary>
    internal bool Includes(string figure) =>
        figure == Name || figure.StartsWith(Name + "-", StringComparison.Ordinal);
}
