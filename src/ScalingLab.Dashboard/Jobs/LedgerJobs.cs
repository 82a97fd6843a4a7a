using System.Globalization;
using Hangfire;
using Hangfire.Dashboard;
using ScalingLab.Dashboard.Middleware;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Store.Records;

namespace ScalingLab.Dashboard.Jobs;

/// <summary>
/// Hangfire's dashboard at /jobs, over the ledger: the attempts of every node, in whatever process, and nothing that a
/// node's own Hangfire has. Its buttons are the ledger's cancel and retry, for who shows the token.
/// </summary>
internal static class LedgerJobs
{
    public static void AddJobs(this IServiceCollection services, LedgerHandle ledger)
    {
        var storage = new LedgerStorage(ledger);
        services.AddSingleton<IBackgroundJobClientFactory>(new LedgerClientFactory(ledger));
        services.AddHangfire(hangfire => hangfire.UseStorage(storage));
    }

    public static void UseJobs(this WebApplication app, AccessControl access)
    {
        CultureInfo.DefaultThreadCurrentUICulture = new English();
        app.UseHangfireDashboard(JobsAddress.BasePath, Options(access));
    }

    private static DashboardOptions Options(AccessControl access) => new()
    {
        Authorization = [], // whoever comes so far may look
        IsReadOnlyFunc = context => !access.IsAuthorized(context.GetHttpContext()),
        IgnoreAntiforgeryToken = true, // other sites' requests are refused before
        DashboardTitle = "ScalingLab",
        AppPath = "/",
        DisplayStorageConnectionString = false,
        StatsPollingInterval = 5000, // ms
    };
}

/// <summary>What the ledger's runs are as jobs.</summary>
internal static class Run
{
    /// <summary>Trains a run; called by nobody, named by every job that is shown.</summary>
    /// <param name="title">Sweep, run, attempt and fencing number, see <see cref="AttemptTitle"/>.</param>
    [JobDisplayName("{0}")]
    public static void Train(string title) => throw new NotSupportedException($"{title} is trained by a node");
}

/// <summary>
/// The invariant culture, which calls its language "iv", under the name of the language that the pages are in.
/// </summary>
internal sealed class English() : CultureInfo("")
{
    public override string TwoLetterISOLanguageName => "en";
}
