using System.Text.Json.Nodes;

namespace ScalingLab.Reporting;

/// <summary>A figure as its Vega-Lite spec, with the data in it.</summary>
/// <param name="Name">Its file name without extension, e.g. "isoflop".</param>
/// <param name="Title">What it shows, a few words.</param>
/// <param name="Caption">How to read it, one to three sentences.</param>
/// <param name="Spec">Vega-Lite 6.</param>
internal sealed record Figure(string Name, string Title, string Caption, JsonObject Spec);

/// <summary>A figure that the data do not give, and why.</summary>
internal sealed record FigureLeftOut(string Name, string Reason);
