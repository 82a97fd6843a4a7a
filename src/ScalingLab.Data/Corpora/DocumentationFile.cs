using System.Xml;

namespace ScalingLab.Data.Corpora;

/// <summary>The member texts of one XML documentation file, as prose.</summary>
internal static class DocumentationFile
{
    /// <summary>
    /// Each text of each member with the full name of the type it belongs to, in the order of the file.
    /// </summary>
    /// <exception cref="XmlException">The file is not well-formed.</exception>
    public static IEnumerable<(string Type, string Text)> Members(string path)
    {
        using var xml =
            XmlReader.Create(path,
                new XmlReaderSettings { IgnoreComments = true, IgnoreProcessingInstructions = true });
        var type = "";
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.Name == "member") type = TypeOf(xml.GetAttribute("name") ?? "");
            else if (type.Length > 0 && IsText(xml.Name) && !xml.IsEmptyElement) yield return (type, Prose(xml));
        }
    }

    private static bool IsText(string element) =>
        element is "summary" or "param" or "typeparam" or "returns" or "value" or "remarks" or "exception";

    /// <summary>
    /// Reads up to the end of the element that the reader stands on. Paragraphs are separated by a line feed.
    /// </summary>
    private static string Prose(XmlReader xml)
    {
        var prose = new ProseBuilder();
        var depth = xml.Depth;
        // Skip() already stands on the next node, so only the other branches read on.
        xml.Read();
        while (xml.Depth > depth)
        {
            if (xml.NodeType == XmlNodeType.Element && xml.Name is "listheader" or "devremarks" or "inheritdoc")
            {
                xml.Skip();
                continue;
            }
            switch (xml.NodeType)
            {
                case XmlNodeType.Element:
                    if (IsBlock(xml.Name)) prose.Break();
                    else if (xml.Name is "code") prose.Space();
                    if (xml.IsEmptyElement) prose.Append(ReferencedName(xml));
                    else if (xml.Name is "see" or "seealso" or "xref") AppendReference(xml, prose);
                    break;
                case XmlNodeType.EndElement:
                    if (IsBlock(xml.Name)) prose.Break();
                    else if (xml.Name is "term") prose.Append(": ");
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace
                    or XmlNodeType.SignificantWhitespace:
                    prose.Append(xml.Value);
                    break;
            }
            xml.Read();
        }
        return prose.ToString();
    }

    /// <summary>
    /// A reference with words of its own is those words; without, the name it refers to. Ends on its end element.
    /// </summary>
    private static void AppendReference(XmlReader xml, ProseBuilder prose)
    {
        var name = ReferencedName(xml);
        var depth = xml.Depth;
        var hasWords = false;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA)) continue;
            hasWords = true;
            prose.Append(xml.Value);
        }
        if (!hasWords) prose.Append(name);
    }

    private static bool IsBlock(string element) =>
        element is "para" or "p" or "br" or "item" or "list" or "li" or "ul" or "ol" or "div";

    /// <summary>What an element without content stands for: its langword, name, cref, uid or href.</summary>
    private static string ReferencedName(XmlReader xml) =>
        xml.GetAttribute("langword") ?? xml.GetAttribute("name") ??
        (xml.GetAttribute("cref") is { } cref ? ShortName(cref) :
            xml.GetAttribute("uid") is { } uid ? ShortName(Uri.UnescapeDataString(uid).TrimEnd('*')) :
            xml.GetAttribute("href") ?? "");

    /// <summary>
    /// "M:System.String.Concat(System.Object)" is "String.Concat", "T:System.Collections.Generic.List`1" is "List".
    /// </summary>
    private static string ShortName(string reference)
    {
        var kind = reference.Length > 1 && reference[1] == ':' ? reference[0] : 'T';
        var full = WithoutParameters(reference.Length > 1 && reference[1] == ':' ? reference[2..] : reference);
        var type = kind is 'T' or 'N' or '!' ? full : full[..Math.Max(0, LastDot(full))];
        var member = full[Math.Min(full.Length, type.Length)..].TrimStart('.');
        var typeName = WithoutArity(type[(LastDot(type) + 1)..]);
        if (member is "" or "#ctor" or "#cctor") return typeName;
        var memberName = WithoutArity(member[(member.LastIndexOf('#') + 1)..]);
        return typeName.Length == 0 ? memberName : $"{typeName}.{memberName}";
    }

    /// <summary>
    /// The type that a member belongs to: "M:A.B`1.C(D.E)" belongs to "A.B`1". Empty for what is neither.
    /// </summary>
    private static string TypeOf(string member)
    {
        if (member.Length < 3 || member[1] != ':' || member[0] is not ('T' or 'M' or 'P' or 'F' or 'E')) return "";
        var full = WithoutParameters(member[2..]);
        return member[0] == 'T' ? full : full[..Math.Max(0, LastDot(full))];
    }

    private static string WithoutParameters(string name)
    {
        var end = name.AsSpan().IndexOfAny('(', '~');
        return end < 0 ? name : name[..end];
    }

    private static string WithoutArity(string name)
    {
        var end = name.AsSpan().IndexOfAny('`', '{');
        return end < 0 ? name : name[..end];
    }

    /// <summary>The last dot outside braces: type arguments of an explicit implementation may hold dots.</summary>
    private static int LastDot(string name)
    {
        var depth = 0;
        for (var i = name.Length - 1; i >= 0; i--)
        {
            if (name[i] == '}') depth++;
            else if (name[i] == '{') depth--;
            else if (name[i] == '.' && depth == 0) return i;
        }
        return -1;
    }
}
