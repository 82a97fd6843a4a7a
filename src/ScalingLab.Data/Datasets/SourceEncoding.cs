using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Shards;
using ScalingLab.Data.Surveys;
using ScalingLab.Data.Tokenizers;

namespace ScalingLab.Data.Datasets;

/// <summary>How far a source's tokens are written.</summary>
/// <param name="Copies">Whether the copies are being written, behind all others.</param>
/// <param name="Chunk">The place of the next chunk among all.</param>
/// <param name="Train">The training shard; null before there is one.</param>
/// <param name="UniqueTrain">Tokens before the first copy.</param>
/// <param name="IsWritten">Whether both shards are whole.</param>
internal sealed record EncodingState(bool Copies, long Chunk, ShardProgress? Train, ShardProgress? Validation,
    long UniqueTrain, long UniqueValidation, bool IsWritten);

/// <summary>
/// Last reading of a source: its tokens, by all cores, in the order of the documents. Every few seconds what is written
/// is synced to disk and said, so that a preparation goes on from there.</summary>
internal sealed class SourceEncoding(SourceSurvey survey, DocumentSplit split, Tokenizer tokenizer,
    CancellationToken cancel)
{
    private static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(3);

    private readonly SurveyedChunk[] _chunks = [.. survey.Chunks.Read()];

    /// <summary>Writes both shards, or what is missing of them.</summary>
    /// <param name="shards">Their paths.</param>
    /// <param name="statePath">Where it is said how far they are.</param>
    /// <param name="corpusHash">For their headers.</param>
    /// <param name="hasCopies">Whether some documents are copies.</param>
    /// <exception cref="DataException">The files have changed since the first reading.</exception>
    public EncodingState Run((string Train, string Validation) shards, string statePath, string corpusHash,
        bool hasCopies)
    {
        var state = StageFile.Read<EncodingState>(statePath) ?? new(false, 0, null, null, 0, 0, false);
        if (state.IsWritten) return state;
        var (train, validation) = Open(shards, ref state);
        using (train)
        using (validation)
        {
            while (true)
            {
                state = Write(state, train, validation, statePath);
                if (!state.Copies)
                    state = state with { UniqueTrain = train.Tokens, UniqueValidation = validation.Tokens };
                if (state.Copies || !hasCopies) break;
                state = state with { Copies = true, Chunk = 0 };
            }
            state = state with { Train = train.Save(), Validation = validation.Save(), IsWritten = true };
            train.Finish(tokenizer.Hash, corpusHash);
            validation.Finish(tokenizer.Hash, corpusHash);
        }
        StageFile.Write(statePath, state);
        return state;
    }

    /// <summary>Goes on with the shards; where one is not as it was said to be, both are begun again.</summary>
    private (TokenShardWriter Train, TokenShardWriter Validation) Open((string Train, string Validation) shards,
        ref EncodingState state)
    {
        var train = TokenShardWriter.BeginOrResume(shards.Train, tokenizer.Vocabulary, state.Train);
        var validation = TokenShardWriter.BeginOrResume(shards.Validation, tokenizer.Vocabulary, state.Validation);
        if (train is not null && validation is not null) return (train, validation);
        train?.Dispose();
        validation?.Dispose();
        state = new(false, 0, null, null, 0, 0, false);
        return (TokenShardWriter.BeginOrResume(shards.Train, tokenizer.Vocabulary, null)!,
            TokenShardWriter.BeginOrResume(shards.Validation, tokenizer.Vocabulary, null)!);
    }

    /// <summary>Writes the documents that are copies, or those that are none.</summary>
    private EncodingState Write(EncodingState state, TokenShardWriter train, TokenShardWriter validation,
        string statePath)
    {
        if (state.Chunk >= _chunks.Length) return state;
        var saved = Stopwatch.GetTimestamp();
        var problems = new RecordProblems();
        var chunks = survey.Corpus.ChunksFrom(_chunks[state.Chunk].Place, problems)
            .Select((chunk, i) => (Chunk: chunk, Number: state.Chunk + i))
            .Where(one => !state.Copies || HasCopies(one.Number));
        var next = state.Chunk;
        foreach (var (number, left, right) in OrderedWork.Run(chunks, one => one.Chunk.Bytes,
            one => Encode(one.Chunk, one.Number, state.Copies), cancel))
        {
            train.AppendPacked(left.Packed.WrittenSpan, left.TextBytes);
            validation.AppendPacked(right.Packed.WrittenSpan, right.TextBytes);
            next = number + 1;
            if (Stopwatch.GetElapsedTime(saved) < BetweenSaves) continue;
            StageFile.Write(statePath,
                state with { Chunk = next, Train = train.Save(), Validation = validation.Save() });
            saved = Stopwatch.GetTimestamp();
        }
        if (!state.Copies && next != _chunks.Length) throw SourcePreparation.FilesChanged();
        return state with { Chunk = _chunks.Length };
    }

    private bool HasCopies(long chunk)
    {
        if (chunk >= _chunks.Length) return false;
        var end = chunk + 1 < _chunks.Length ? _chunks[chunk + 1].FirstDocument : survey.Documents.Count;
        for (var place = _chunks[chunk].FirstDocument; place < end; place++)
        {
            if (split.IsCopy(place)) return true;
        }
        return false;
    }

    /// <summary>One side of a chunk, as it stands in a shard.</summary>
    private sealed class Side
    {
        public ArrayBufferWriter<byte> Packed { get; } = new();

        public long TextBytes { get; set; }
    }

    private (long Number, Side Train, Side Validation) Encode(CorpusChunk chunk, long number, bool copies)
    {
        cancel.ThrowIfCancellationRequested();
        if (number >= _chunks.Length || chunk.Place != _chunks[number].Place) throw SourcePreparation.FilesChanged();
        var contents = chunk.Read();
        var frames = new ArrayBufferWriter<byte>((int)Math.Min(chunk.Bytes + (1 << 12), 1 << 22));
        var (train, validation, tokens) = (new Side(), new Side(), new List<int>());
        var place = _chunks[number].FirstDocument;
        foreach (var document in contents.Documents.Where(document => document.Text.Length > 0))
        {
            ContentHash.Frame(document.Name, document.Text, frames);
            if (place >= survey.Documents.Count) throw SourcePreparation.FilesChanged();
            if (split.IsCopy(place) == copies)
            {
                var sides = split.Sides(document, place);
                Append(sides.Train, train);
                Append(sides.Validation, validation);
            }
            place++;
        }
        if (SourceSurvey.HashOf(frames.WrittenSpan) != _chunks[number].Hash) throw SourcePreparation.FilesChanged();
        return (number, train, validation);

        void Append(string text, Side side)
        {
            if (text.Length == 0) return;
            tokens.Clear();
            tokenizer.Encode(text, tokens);
            tokens.Add(tokenizer.EndOfDocument);
            TokenShardWriter.Pack(CollectionsMarshal.AsSpan(tokens), tokenizer.Vocabulary, side.Packed);
            side.TextBytes += System.Text.Encoding.UTF8.GetByteCount(text);
        }
    }
}
