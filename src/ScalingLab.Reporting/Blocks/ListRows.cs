using System.Text.Json;

namespace ScalingLab.Reporting.Blocks;

/// <summary>
/// The rows of a long list as data in the page, which its script shows a page at a time: of each column its different
/// cells once, in the order of their numbers, and of each row which of them it has.
/// </summary>
internal static class ListRows
{
    /// <summary>Rows that a page shows at a time; a list of no more stands in it whole.</summary>
    public const int Shown = 100;

    /// <summary>
    /// JSON that may stand in a page: the serializer's default encoder writes &lt; and &amp; as \u003C and so on.
    /// </summary>
    public static string ToJson(Table table) =>
        JsonSerializer.Serialize(Enumerable.Range(0, table.Columns.Count).Select(column => ToJson(table, column)));

    private static object ToJson(Table table, int column)
    {
        List<(double? Order, string Text)> cells = [.. table.Rows.Select(row => (row[column].Order, row[column].Text))];
        List<(double? Order, string Text)> different =
            [.. cells.Distinct().OrderBy(cell => cell.Order ?? double.PositiveInfinity)
                .ThenBy(cell => cell.Text, StringComparer.Ordinal)];
        var places = different.Index().ToDictionary(one => one.Item, one => one.Index);
        var isCode = table.Rows.All(row => row[column].Spans is [{ Style: TextStyle.Code }]);
        return new
        {
            texts = different.Select(cell => cell.Text),
            // Those before have a number and are in its order; the others have none.
            numbers = different.Count(cell => cell.Order is not null),
            rows = cells.Select(cell => places[cell]),
            code = isCode,
        };
    }
}
