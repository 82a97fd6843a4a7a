using Npgsql;
using ScalingLab.Runs;

namespace ScalingLab.Store.Storage;

/// <summary>
/// Where a ledger is, in the words of a person: a file; <c>postgres://user@host:port/database?sslmode=require</c>; or
/// Npgsql's <c>Host=...;Database=...</c>. A password that is not in it comes from PGPASSWORD or ~/.pgpass.
/// </summary>
public static class LedgerLocation
{
    // libpq's words that Npgsql spells otherwise; every other word is Npgsql's own, with '_' for a space.
    private static readonly Dictionary<string, string> SettingNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sslmode"] = "SSL Mode", ["sslrootcert"] = "Root Certificate", ["sslcert"] = "SSL Certificate",
            ["sslkey"] = "SSL Key",
        ["connect_timeout"] = "Timeout", ["dbname"] = "Database", ["user"] = "Username",
            ["application_name"] = "Application Name",
    };

    /// <summary>Whether the place is a PostgreSQL database rather than a file.</summary>
    public static bool IsPostgres(string place) => IsUrl(place)
        || (place.Contains('=', StringComparison.Ordinal) && place.Split(';')
            .Any(p => p.TrimStart().StartsWith("Host=", StringComparison.OrdinalIgnoreCase)));

    /// <summary>The place without its secrets: the file, or user, host, port and database.</summary>
    /// <exception cref="InputException">It cannot be understood.</exception>
    public static string Redacted(string place) =>
        IsPostgres(place) ? Redacted(Postgres(place)) : Path.GetFullPath(place);

    internal static string Redacted(NpgsqlConnectionStringBuilder of)
    {
        var user = of.Username is { Length: > 0 } name ? $"{name}@" : "";
        var schema = of.SearchPath is { Length: > 0 } path ? $"?search_path={path}" : "";
        return FormattableString.Invariant($"postgres://{user}{of.Host}:{of.Port}/{of.Database}{schema}");
    }

    /// <summary>
    /// The connection's settings; what a message quotes of a bad one is never a value, which might be a password.
    /// </summary>
    /// <exception cref="InputException">It cannot be understood.</exception>
    internal static NpgsqlConnectionStringBuilder Postgres(string place)
    {
        if (!IsUrl(place))
        {
            try
            {
                return new NpgsqlConnectionStringBuilder(place);
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                throw Bad("is no connection string that Npgsql knows: write "
                    + "Host=...;Port=...;Username=...;Database=...");
            }
        }

        if (!Uri.TryCreate(place, UriKind.Absolute, out var url))
            throw Bad("is no URL: write postgres://user@host:port/database, with %XX for special characters in name "
                + "and password");
        var problems = new List<Problem>();
        var settings = new NpgsqlConnectionStringBuilder();
        if (url.Host.Length > 0) settings.Host = Uri.UnescapeDataString(url.Host);
        if (url.Port > 0) settings.Port = url.Port;
        if (url.AbsolutePath.Length > 1) settings.Database = Uri.UnescapeDataString(url.AbsolutePath[1..]);
        var who = url.UserInfo.Split(':', 2);
        if (who[0].Length > 0) settings.Username = Uri.UnescapeDataString(who[0]);
        if (who.Length > 1) settings.Password = Uri.UnescapeDataString(who[1]);
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            var word = Uri.UnescapeDataString(parts[0]);
            var value = parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "";
            try
            {
                // "verify-full" of libpq is VerifyFull here.
                var own = word.Equals("sslmode", StringComparison.OrdinalIgnoreCase)
                    ? value.Replace("-", "", StringComparison.Ordinal) : value;
                settings[SettingNames.GetValueOrDefault(word, word.Replace('_', ' '))] = own;
            }
            catch (Exception e)
                when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
            {
                problems.Add(new Problem($"ledger ({word})",
                    "is no setting of a PostgreSQL connection, or has a value that it cannot have"));
            }
        }
        if (string.IsNullOrEmpty(settings.Host))
            problems.Add(new Problem("ledger", "names no host: postgres://user@HOST:port/database"));
        if (string.IsNullOrEmpty(settings.Database))
            problems.Add(new Problem("ledger", "names no database: postgres://user@host:port/DATABASE"));
        return problems.Count > 0 ? throw new InputException(problems) : settings;
    }

    private static bool IsUrl(string place) =>
        place.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
        || place.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    private static InputException Bad(string problem) => new("ledger", problem);
}
