using Markdig;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace ScalingLab.Data.Markup;

/// <summary>
/// The text of Markdown: without marks, targets of links, the tags of HTML and the YAML header; code is kept.
/// </summary>
internal static class MarkdownText
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UseYamlFrontMatter().UsePipeTables().Build();

    /// <exception cref="FormatException">Lists or quotes are nested too deeply.</exception>
    public static string Strip(string text)
    {
        try
        {
            using var plain = new StringWriter { NewLine = "\n" };
            var renderer = new HtmlRenderer(plain)
            {
                EnableHtmlForBlock = false,
                EnableHtmlForInline = false,
                EnableHtmlEscape = false,
            };
            Pipeline.Setup(renderer);
            renderer.ObjectRenderers.Replace<HtmlBlockRenderer>(new PageRenderer());
            renderer.Render(Markdown.Parse(text, Pipeline));
            return plain.ToString();
        }
        catch (ArgumentException deep)
        {
            throw new FormatException($"cannot be read as Markdown: {deep.Message}", deep);
        }
    }

    /// <summary>A piece of HTML as its text.</summary>
    private sealed class PageRenderer : HtmlObjectRenderer<HtmlBlock>
    {
        protected override void Write(HtmlRenderer renderer, HtmlBlock obj)
        {
            renderer.EnsureLine();
            renderer.Write(HtmlText.Strip(obj.Lines.ToString()));
        }
    }
}
