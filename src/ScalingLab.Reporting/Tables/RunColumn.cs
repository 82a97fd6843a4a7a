using System.Reflection;
using ScalingLab.Reporting.Formats;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tables;

/// <summary>Says that a property of <see cref="RunRow"/> is a column of runs.csv.</summary>
/// <param name="name">The column's name.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RunColumnAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    /// <summary>Files of earlier versions lack the column: it is read as missing there.</summary>
    public bool IsLater { get; init; }
}

/// <summary>
/// A column of runs.csv, read from the property of <see cref="RunRow"/> that declares it: the order of the columns is
/// that of the properties. A text that is never null may not be empty.
/// </summary>
internal sealed class RunColumn
{
    private static readonly Dictionary<Type, (Func<CsvFields, string, object?> Read, Func<object, string> Text)> Kinds =
        new()
        {
            [typeof(string)] = ((f, c) => f.Optional(c), v => (string)v),
            [typeof(int)] = ((f, c) => f.Int(c), v => CsvFields.Text((int)v)),
            [typeof(long)] = ((f, c) => f.Long(c), v => CsvFields.Text((long)v)),
            [typeof(long?)] = ((f, c) => f.OptionalLong(c), v => CsvFields.Text((long)v)),
            [typeof(double)] = ((f, c) => f.Double(c), v => CsvFields.Text((double)v)),
            [typeof(double?)] = ((f, c) => f.OptionalDouble(c), v => CsvFields.Text((double)v)),
            [typeof(RunDefects)] = ((f, c) => f.OptionalDefects(c), v => RunDefectNames.Join((RunDefects)v)),
            [typeof(RunState)] = ((f, c) => f.Enum<RunState>(c), v => EnumNames.ToName((RunState)v)),
            [typeof(Precision)] = ((f, c) => f.Enum<Precision>(c), v => EnumNames.ToName((Precision)v)),
            [typeof(RecomputeMode?)] =
                ((f, c) => f.OptionalEnum<RecomputeMode>(c), v => EnumNames.ToName((RecomputeMode)v)),
            [typeof(FailureKind?)] = ((f, c) => f.OptionalEnum<FailureKind>(c), v => EnumNames.ToName((FailureKind)v)),
            [typeof(EnergySource?)] =
                ((f, c) => f.OptionalEnum<EnergySource>(c), v => EnumNames.ToName((EnergySource)v)),
        };

    private readonly PropertyInfo _property;
    private readonly Func<CsvFields, string, object?> _read;
    private readonly Func<object, string> _text;

    private RunColumn(PropertyInfo property, RunColumnAttribute said)
    {
        (_property, Name, IsLater) = (property, said.Name, said.IsLater);
        (_read, _text) = Kinds[property.PropertyType];
        if (property.PropertyType == typeof(string)
            && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.NotNull)
        {
            _read = (f, c) => f.Word(c);
        }
    }

    /// <summary>Every column, in the file's order.</summary>
    public static IReadOnlyList<RunColumn> All { get; } =
    [
        .. from property in typeof(RunRow).GetProperties()
           let said = property.GetCustomAttribute<RunColumnAttribute>()
           where said is not null
           orderby property.MetadataToken // as declared
           select new RunColumn(property, said),
    ];

    public string Name { get; }

    /// <summary>Files of earlier versions lack it.</summary>
    public bool IsLater { get; }

    /// <summary>What the row has here; empty where nothing.</summary>
    public string Text(RunRow row) => _property.GetValue(row) is { } value ? _text(value) : "";

    /// <summary>The row of a file, as far as these columns say it; what cannot be read is a problem of the
    /// fields.</summary>
    public static RunRow Row(CsvFields fields)
    {
        var row = Activator.CreateInstance<RunRow>();
        foreach (var column in All) column._property.SetValue(row, column._read(fields, column.Name));
        return row;
    }
}
