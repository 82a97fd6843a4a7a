using Hangfire;
using Hangfire.Common;
using Hangfire.Server;
using Hangfire.Storage;
using ScalingLab.Dashboard.Sources;

namespace ScalingLab.Dashboard.Jobs;

/// <summary>The ledger as a storage that Hangfire's dashboard can look into, and nobody can write.</summary>
internal sealed class LedgerStorage(LedgerHandle ledger) : JobStorage
{
    public override IMonitoringApi GetMonitoringApi() => new LedgerMonitor(ledger);

    public override IStorageConnection GetConnection() => new EmptyConnection();

    public override string ToString() => "ledger";

    /// <summary>
    /// What the dashboard asks a connection for (recurring jobs, retries): the ledger has none of it.
    /// </summary>
    private sealed class EmptyConnection : JobStorageConnection
    {
        public override HashSet<string> GetAllItemsFromSet(string key) => [];

        public override long GetSetCount(string key) => 0;

        public override List<string> GetRangeFromSet(string key, int startingFrom, int endingAt) => [];

        public override string? GetFirstByLowestScoreFromSet(string key, double fromScore, double toScore) => null;

        public override Dictionary<string, string> GetAllEntriesFromHash(string key) => [];

        public override string? GetJobParameter(string id, string name) => null;

        public override JobData? GetJobData(string jobId) => null;

        public override StateData? GetStateData(string jobId) => null;

        public override IWriteOnlyTransaction CreateWriteTransaction() => throw ReadOnly();

        public override IDisposable AcquireDistributedLock(string resource, TimeSpan timeout) => throw ReadOnly();

        public override string CreateExpiredJob(Job job, IDictionary<string, string> parameters, DateTime createdAt,
            TimeSpan expireIn) => throw ReadOnly();

        public override IFetchedJob FetchNextJob(string[] queues, CancellationToken cancellationToken) =>
            throw ReadOnly();

        public override void SetJobParameter(string id, string name, string value) => throw ReadOnly();

        public override void SetRangeInHash(string key, IEnumerable<KeyValuePair<string, string>> keyValuePairs) =>
            throw ReadOnly();

        public override void AnnounceServer(string serverId, ServerContext context) => throw ReadOnly();

        public override void RemoveServer(string serverId) => throw ReadOnly();

        public override void Heartbeat(string serverId) => throw ReadOnly();

        public override int RemoveTimedOutServers(TimeSpan timeOut) => throw ReadOnly();

        private static NotSupportedException ReadOnly() => new("the ledger is written by nodes");
    }
}
