using System.Globalization;
using Npgsql;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store.Tests;

/// <summary>
/// The one server of this test run, and a schema of its own for each test. The server ends with the process.
/// </summary>
internal static class SharedServer
{
    private static readonly Lazy<(PostgresServer Server, NpgsqlDataSource Source)> Started = new(Start);
    private static int _schemas;

    public static PostgresServer Server => Started.Value.Server;

    /// <summary>The address of a new, empty schema.</summary>
    public static string NewAddress()
    {
        var schema = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _schemas)}");
        Execute(Server.Address("postgres"), $"CREATE SCHEMA {schema}");
        return $"{Server.Address("postgres")}?search_path={schema}";
    }

    /// <summary>Runs statements behind the ledger's back.</summary>
    public static void Execute(string address, string sql)
    {
        var path = address.Split("search_path=") is [_, var schema] ? $"SET search_path = {schema}; " : "";
#pragma warning disable CA2100 // constants, see the callers
        using var command = Started.Value.Source.CreateCommand($"{path}{sql}; SET search_path = public");
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static (PostgresServer Server, NpgsqlDataSource Source) Start()
    {
        var server = PostgresServer.Start();
        return (server,
            NpgsqlDataSource.Create($"Host={server.Socket};Port={server.Port};Username=postgres;Database=postgres"));
    }
}
