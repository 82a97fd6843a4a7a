namespace ScalingLab.Data.Markup;

/// <summary>Markup that is taken out of a text, so that what a reader sees is left.</summary>
public enum MarkupKind
{
    /// <summary>The text is left as it is.</summary>
    None,

    /// <summary>HTML.</summary>
    Html,

    /// <summary>Markdown (CommonMark, with tables and a YAML header).</summary>
    Markdown,
}

/// <summary>Text without its markup.</summary>
internal static class MarkupText
{
    /// <summary>The text that a reader of the page sees; "" where there is none.</summary>
    /// <exception cref="FormatException">The text cannot be read as this markup: why.</exception>
    public static string Strip(MarkupKind kind, string text)
    {
        var plain = kind switch
        {
            MarkupKind.Html => HtmlText.Strip(text),
            MarkupKind.Markdown => MarkdownText.Strip(text),
            _ => text,
        };
        return string.IsNullOrWhiteSpace(plain) ? "" : plain;
    }
}
