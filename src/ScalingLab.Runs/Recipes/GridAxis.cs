using System.Globalization;

namespace ScalingLab.Runs.Recipes;

/// <summary>A field's value as text; <paramref name="Number"/> where it is a number.</summary>
public sealed record FieldValue(string Text, double? Number = null)
{
    /// <summary>A number, in its shortest exact digits.</summary>
    public static FieldValue FromNumber(double x) => new(x.ToString("R", CultureInfo.InvariantCulture), x);
}

/// <summary>A recipe field and the values it takes.</summary>
public sealed record GridAxis(string Field, IReadOnlyList<FieldValue> Values);
