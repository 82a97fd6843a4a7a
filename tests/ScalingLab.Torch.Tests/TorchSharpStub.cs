using System.Text;
using System.Text.RegularExpressions;

namespace ScalingLab.Torch.Tests;

/// <summary>Source of an assembly with the listing's signatures, in which everything throws: what TorchSharp is to a compiler.</summary>
internal static partial class TorchSharpStub
{
    // What the listing leaves out and the code needs, as TorchSharp's sources have it: types that signatures name, operators, ways to make tensors.
    private const string NotListed = """
        using System;
        using System.Collections.Generic;
        using TorchSharp.Utils;
        using static TorchSharp.Modules.GELU;

        namespace TorchSharp.Modules { public sealed class GELU { public enum Approximate { none, tanh } } }

        namespace TorchSharp.Utils
        {
            public sealed class TensorAccessor<T> : IDisposable where T : unmanaged
            {
                public long Count => throw null!;
                public T[] ToArray() => throw null!;
                public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => throw null!;
                public void Dispose() { }
            }
        }

        namespace TorchSharp
        {
            public enum PaddingModes { Constant }

            public sealed class Scalar : IDisposable
            {
                public static implicit operator Scalar(int value) => throw null!;
                public static implicit operator Scalar(long value) => throw null!;
                public static implicit operator Scalar(float value) => throw null!;
                public static implicit operator Scalar(double value) => throw null!;
                public static implicit operator Scalar(bool value) => throw null!;
                public void Dispose() { }
            }

            public static partial class torch
            {
                public enum RoundingMode { None }
                public readonly struct Size { }
                public sealed class TensorIndex { }
                public static Device CPU = null!;
                public static string __version__ => throw null!;

                public class Generator : IDisposable
                {
                    public Generator(ulong seed = 0, Device? device = null) => throw null!;
                    public void Dispose() { }
                }

                public static partial class nn { public enum Reduction { Mean } }

                public partial class Tensor
                {
                    public Tensor logical_and(Tensor other) => throw null!;
        """;

    private static readonly (string Heading, string Opening, string Modifiers)[] Sections =
    [
        ("## torch.Tensor (instance)", "public static partial class torch { public partial class Tensor : IDisposable {", ""),
        ("## torch (static", "public static partial class torch {", "static "),
        ("## torch.nn.functional", "public static partial class torch { public static partial class nn { public static partial class functional {", "static "),
        ("## torch.cuda", "public static partial class torch { public static class cuda {", "static "),
        ("## torch.random", "public static partial class torch { public static class random {", "static "),
        ("## torch.Device", "public static partial class torch { public class Device {", ""),
        ("## DisposeScope", "public sealed class DisposeScope : IDisposable {", ""),
    ];

    public static string Source()
    {
        var source = new StringBuilder("#nullable enable\n").AppendLine(NotListed);
        string[] numbers = ["int", "long", "float", "double"];
        foreach (var sign in (char[])['+', '-', '*', '/'])
        {
            foreach (var (left, right) in numbers.Append("Scalar").SelectMany(n => new[] { ("Tensor", n), (n, "Tensor") }).Append(("Tensor", "Tensor")))
                source.AppendLine($"public static Tensor operator {sign}({left} left, {right} right) => throw null!;");
        }

        source.AppendLine("}");
        foreach (var element in (string[])["float", "double", "long", "int", "byte", "bool"])
        {
            const string rest = "ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;";
            source.AppendLine($"public static Tensor tensor({element} scalar, {rest.Replace(", string[]? names = null", "", StringComparison.Ordinal)}");
            foreach (var array in (string[])[$"{element}[] dataArray", $"IList<{element}> rawArray", $"Memory<{element}> rawArray"])
                source.AppendLine($"public static Tensor tensor({array}, ReadOnlySpan<long> dimensions, {rest}");
            foreach (var array in (string[])[$"{element}[] dataArray", $"IList<{element}> rawArray"])
                source.AppendLine($"public static Tensor tensor({array}, {rest}");
        }

        source.AppendLine($"public enum ScalarType : sbyte {{ {string.Join(", ", TorchSharpList.Names("## ScalarType:"))} }}\n}}");
        source.AppendLine($"public enum DeviceType {{ {string.Join(", ", TorchSharpList.Names("## DeviceType:"))} }}");
        foreach (var (heading, opening, modifiers) in Sections)
        {
            source.AppendLine(opening);
            foreach (var member in TorchSharpList.Section(heading)) source.AppendLine(Declared(member, modifiers));
            source.Append('}', opening.Count(c => c == '{')).AppendLine();
        }

        return source.AppendLine("}").ToString();
    }

    private static string Declared(TorchSharpMember member, string modifiers)
    {
        // What may be null the listing says by a default alone.
        if (member.Parameters is null)
        {
            var nullable = member.Name == "grad" ? "?" : "";
            var set = member.IsSettable ? " set => throw null!;" : "";
            return $"public {modifiers}{member.Type}{nullable} @{member.Name} {{ get => throw null!;{set} }}";
        }

        if (member.Name == "ToString") modifiers = "override ";
        var parameters = string.Join(", ", member.Parameters.Select(Declared));
        var types = $"{member.Type} {string.Join(' ', member.Parameters.Select(p => p.Type))}";
        var names = TypeParameter().Matches(types).Select(m => m.Value).Distinct().ToList();
        var bound = member.Parameters.Count == 0 ? "unmanaged" : "IDisposable"; // item<T>() and data<T>(), or what a scope holds
        return $"public {modifiers}{member.Type} @{member.Name}{(names.Count > 0 ? $"<{string.Join(", ", names)}>" : "")}({parameters})"
            + $"{string.Concat(names.Select(n => $" where {n} : {bound}"))} => throw null!;";
    }

    private static string Declared(TorchSharpParameter parameter)
    {
        var type = parameter.Default == "null" && !parameter.Type.EndsWith('?') ? parameter.Type + "?" : parameter.Type;
        var value = parameter.Default is [>= 'A' and <= 'Z', ..] ? $"{parameter.Type}.{parameter.Default}" : parameter.Default;
        return $"{(parameter.IsParams ? "params " : "")}{type} @{parameter.Name}{(value is null ? "" : $" = {value}")}";
    }

    [GeneratedRegex(@"\b(T\d?)\b")]
    private static partial Regex TypeParameter();
}
