using System.Reflection;
using ScalingLab.Store.Storage;
using Xunit.Sdk;

namespace ScalingLab.Testing;

/// <summary>Where a ledger can be: what one keeps, the other must too.</summary>
public enum Place
{
    Sqlite,
    Postgres,
}

/// <summary>The test on a file.</summary>
public sealed class OnSqliteAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Place.Sqlite]];
}

/// <summary>The same test on PostgreSQL; skipped, with the reason, where no server can be started.</summary>
public sealed class OnPostgresAttribute : DataAttribute
{
    public OnPostgresAttribute() => Skip = PostgresServer.WhyNot;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[Place.Postgres]];
}

/// <summary>A test about PostgreSQL alone.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.WhyNot;
}

/// <summary>Several rows about PostgreSQL alone.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresServer.WhyNot;
}
