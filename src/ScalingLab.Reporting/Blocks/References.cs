namespace ScalingLab.Reporting.Blocks;

/// <summary>A work that a report may cite.</summary>
/// <param name="Key">How the text cites it.</param>
/// <param name="Title">Authors, year and title.</param>
/// <param name="Arxiv">Its number there; null: it has none.</param>
internal sealed record Reference(string Key, string Title, string? Arxiv = null);

/// <summary>The works that a report cites, and no others.</summary>
internal static class References
{
    /// <summary>Every work that some report cites.</summary>
    public static IReadOnlyList<Reference> All { get; } =
    [
        new("Hoffmann et al. 2022", "Hoffmann et al. 2022, Training Compute-Optimal Large Language Models",
            "2203.15556"),
        new("Kaplan et al. 2020", "Kaplan et al. 2020, Scaling Laws for Neural Language Models", "2001.08361"),
        new("Henighan et al. 2020", "Henighan et al. 2020, Scaling Laws for Autoregressive Generative Modeling",
            "2010.14701"),
        new("Porian et al. 2024",
            "Porian et al. 2024, Resolving Discrepancies in Compute-Optimal Scaling of Language Models", "2406.19146"),
        new("Besiroglu et al. 2024", "Besiroglu et al. 2024, Chinchilla Scaling: A replication attempt", "2404.10102"),
        new("Pearce and Song 2024", "Pearce and Song 2024, Reconciling Kaplan and Chinchilla Scaling Laws",
            "2406.12907"),
        new("DeepSeek-AI 2024", "DeepSeek-AI 2024, DeepSeek LLM: Scaling Open-Source Language Models with Longtermism",
            "2401.02954"),
        new("Llama 3 2024", "Llama team 2024, The Llama 3 Herd of Models", "2407.21783"),
        new("Muennighoff et al. 2023", "Muennighoff et al. 2023, Scaling Data-Constrained Language Models",
            "2305.16264"),
        new("Gadre et al. 2024", "Gadre et al. 2024, Language models scale reliably with over-training and on "
            + "downstream tasks", "2403.08540"),
        new("2603.22339", "On the bias of minima at fixed budgets, and variable projection instead", "2603.22339"),
        new("Li et al. 2025", "Li et al. 2025, (Mis)Fitting: A Survey of Scaling Laws", "2502.18969"),
        new("Stone 1974",
            "Stone 1974, Cross-validatory choice and assessment of statistical predictions, J. R. Stat. Soc. B 36"),
        new("Tukey 1958", "Tukey 1958, Bias and confidence in not quite large samples, Ann. Math. Stat. 29"),
        new("Zou and Donner 2008", "Zou and Donner 2008, Construction of confidence limits about effect measures, "
            + "Stat. Med. 27"),
    ];

    /// <summary>The section of those that the document cites; nothing where it cites none.</summary>
    public static IEnumerable<Block> Write(IReadOnlyList<Block> document)
    {
        var text = string.Join('\n', document.SelectMany(Texts));
        var cited = All.Where(r => text.Contains(r.Key, StringComparison.Ordinal)).ToList();
        if (cited.Count == 0) yield break;
        yield return new Heading(2, "References");
        yield return new Bullets([.. cited.Select(Entry)]);
    }

    private static Line Entry(Reference reference) => reference.Arxiv is not { } number ? reference.Title + "."
        : new Line(new Span(reference.Title + ", "),
            new Span($"arXiv {number}", Address: $"https://arxiv.org/abs/{number}"), new Span("."));

    private static IEnumerable<string> Texts(Block block) => block switch
    {
        Heading h => [h.Text],
        Paragraph p => [p.Text.Text],
        Finding f => [f.Text.Text],
        Bullets b => b.Items.Select(i => i.Text),
        Table { IsList: false } t => t.Columns.Concat(t.Rows.SelectMany(r => r.Select(c => c.Text))),
        FigureBlock f =>
            [f.Figure.Figure.Caption, .. f.Figure.Figure.Panels.SelectMany(p => p.Marks).SelectMany(m => m.Series)
                .Distinct()],
        _ => [],
    };
}
