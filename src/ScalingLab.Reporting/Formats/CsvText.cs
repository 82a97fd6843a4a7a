using System.Globalization;

namespace ScalingLab.Reporting.Formats;

/// <summary>
/// Text in a CSV file, so that a spreadsheet shows it and does not run it: what begins as a formula has an apostrophe
/// before it in the file, and has none once read (OWASP, "CSV Injection"). CsvHelper's own escape leaves a text that
/// begins with an apostrophe as it is, so that one could not be told from the other, and takes a negative number
/// written as text for a formula.
/// </summary>
public static class CsvText
{
    // Some spreadsheets take the full-width signs for the narrow ones.
    private const string Formula = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";

    private const char Apostrophe = '\'';

    /// <summary>As it stands in a file. Numbers stay numbers.</summary>
    public static string Written(string text) => IsFormula(text) ? Apostrophe + text : text;

    /// <summary>As it was before it was written; what has no such apostrophe is as it stands.</summary>
    public static string Read(string field) =>
        field.StartsWith(Apostrophe) && IsFormula(field[1..]) ? field[1..] : field;

    // With apostrophes of its own before it, too: reading takes one away.
    private static bool IsFormula(string text) =>
        text.TrimStart(Apostrophe) is [var first, ..] bare && Formula.Contains(first, StringComparison.Ordinal)
        && !(bare.Length == text.Length
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number));
}
