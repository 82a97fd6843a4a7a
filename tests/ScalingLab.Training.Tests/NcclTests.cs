using System.IO.Pipes;
using System.Runtime.InteropServices;
using ScalingLab.Training.Parallel;

namespace ScalingLab.Training.Tests;

/// <summary>
/// How NCCL is called, over a library with its entry points that the machine's C compiler makes: it adds nothing up
/// over processes, but notes what it is told. Names, arguments and codes are those of nccl.h 2.
/// </summary>
public sealed class NcclTests : IDisposable
{
    private const string Source =
        """
        #include <stdio.h>
        #include <string.h>
        typedef struct { char bytes[128]; } id;
        static char member;
        static void note(const char *what) { FILE *file = fopen(NOTES, "a"); fputs(what, file); fclose(file); }
        int ncclGetVersion(int *version) { *version = 22705; return 0; }
        int ncclGetUniqueId(id *out) { for (int i = 0; i < 128; i++) out->bytes[i] = (char)(i + 1); return 0; }
        int ncclCommInitRank(void **out, int ranks, id given, int rank) {
            char text[100];
            for (int i = 0; i < 128; i++) if (given.bytes[i] != (char)(i + 1)) return 4;
            snprintf(text, sizeof text, "join %d of %d\n", rank, ranks);
            note(text);
            *out = &member;
            return ranks > 2 ? 2 : 0;
        }
        int ncclGroupStart(void) { note("begin\n"); return 0; }
        int ncclGroupEnd(void) { note("end\n"); return 0; }
        int ncclAllReduce(const void *from, void *to, size_t count, int type, int operation, void *comm, void *stream) {
            char text[100];
            snprintf(text, sizeof text, "sum %zu type %d operation %d in place %d stream %ld\n", count, type, operation, from == to, (long)stream);
            note(text);
            if (comm != &member) return 4;
            for (size_t i = 0; i < count; i++) ((float *)to)[i] *= 2;
            return 0;
        }
        const char *ncclGetErrorString(int code) { return code == 2 ? "unhandled system error" : "invalid argument"; }
        """;

    private readonly TemporaryFolder _folder = new();

    public NcclTests()
    {
        File.WriteAllText(_folder["nccl.c"], Source);
        Programs.Run("cc", "-shared", "-fPIC", "-o", Library, _folder["nccl.c"], $"-DNOTES=\"{Notes}\"");
    }

    private string Library => _folder["libnccl.so.2"];

    private string Notes => _folder["notes"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ranks_join_by_one_name_and_sums_are_asked_for_in_place_as_fp32()
    {
        using var pair = new Pair();
        var both =
            await Task.WhenAll(new[]
                { pair.Leader, pair.Follower }.Select(group => Task.Run(() => Nccl.Join(group, Library))));
        float[] values = [1, 2, 3];
        var held = GCHandle.Alloc(values, GCHandleType.Pinned);
        both[0].Group(() => both[0].AllReduce(held.AddrOfPinnedObject(), 2, 7));
        held.Free();
        Assert.Equal([2, 4, 3], values);
        var notes = File.ReadAllLines(Notes);
        Assert.Equal(["join 0 of 2", "join 1 of 2"], notes[..2].Order(StringComparer.Ordinal));
        Assert.Equal(["begin", "sum 2 type 7 operation 0 in place 1 stream 7", "end"], notes[2..]);
    }

    [Fact]
    public void What_it_cannot_do_is_told_in_its_words_and_a_libtorch_without_it_by_what_to_do()
    {
        using var pair = new Pair(size: 3);
        var told = Assert.Throws<NcclException>(() => Nccl.Join(pair.Leader, Library));
        Assert.Equal("NCCL could not join the GPUs: unhandled system error (NCCL_DEBUG=WARN says more)", told.Message);
        Assert.Contains("worker.gpus 1",
            Assert.Throws<NcclException>(() => Nccl.Join(pair.Leader, "libnothing.so")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Two ranks of one process; of three the third is told and never answers.</summary>
    private sealed class Pair : IDisposable
    {
        public Pair(int size = 2)
        {
            var name = "lab-test-" + Guid.NewGuid().ToString("N")[..8];
            var servers = Enumerable.Range(1, size - 1)
                .Select(_ => new NamedPipeServerStream(name, PipeDirection.InOut, size - 1)).ToList();
            var clients = servers.ConvertAll(_ => new NamedPipeClientStream(".", name, PipeDirection.InOut));
            foreach (var (server, client) in servers.Zip(clients))
            {
                var waits = server.WaitForConnectionAsync();
                client.Connect(10_000);
                waits.Wait();
            }

            Leader = ProcessGroup.Leading(servers);
            Follower = ProcessGroup.Following(1, size, clients[0]);
        }

        public ProcessGroup Leader { get; }

        public ProcessGroup Follower { get; }

        public void Dispose()
        {
            Leader.Dispose();
            Follower.Dispose();
        }
    }
}
