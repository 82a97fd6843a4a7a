using System.Text.Json.Nodes;
using ScalingLab.Data.Corpora;
using ScalingLab.Data.Datasets;
using ScalingLab.Data.Tokenizers;
using ScalingLab.Data.Tokenizers.Files;
using ScalingLab.Data.Tokenizers.Requests;
using ScalingLab.Data.Tokenizers.Splitting;
using ScalingLab.Data.Tokenizers.Training;

namespace ScalingLab.Data.Tests;

public sealed class TokenizerFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private BpeTokenizer Save()
    {
        var trainer = new BpeTrainer(PreSplit.Cl100k, ["<|user|>"]);
        trainer.Add(Samples.Prose(1, 2000));
        var tokenizer = trainer.Train(400);
        TokenizerFiles.Save(tokenizer, _folder.Path);
        return tokenizer;
    }

    private string Refusal(Action<JsonNode> change)
    {
        Save();
        var path = _folder[TokenizerFiles.HuggingFaceName];
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
        return Assert.Throws<DataException>(() => TokenizerFiles.Load(path)).Message;
    }

    [Fact]
    public void A_file_that_would_encode_otherwise_is_refused_with_all_its_reasons()
    {
        var said = Refusal(json =>
        {
            json["normalizer"] = JsonNode.Parse("""{ "type": "NFKC" }""");
            json["model"]!["dropout"] = 0.1;
            json["pre_tokenizer"] = JsonNode.Parse("""{ "type": "Metaspace" }""");
            json["added_tokens"]![0]!["special"] = false;
            json["added_tokens"]![0]!["lstrip"] = true;
        });
        Assert.Contains("normalizer NFKC; NFC is read", said);
        Assert.Contains("dropout", said);
        Assert.Contains("only byte-level", said);
        Assert.Contains("added token '<|user|>' has lstrip", said);
    }

    [Fact]
    public void Other_models_patterns_and_damage_are_named()
    {
        Assert.Contains("is a Unigram model", Refusal(json => json["model"]!["type"] = "Unigram"));
        Assert.Contains(@"not known here: \d+",
            Refusal(json => json["pre_tokenizer"]!["pretokenizers"]![0]!["pattern"]!["Regex"] = @"\d+"));
        Assert.Contains("merge 3 is not of two tokens",
            Refusal(json => json["model"]!["merges"]![3] = JsonNode.Parse("""["a", "nowhere"]""")));
        Assert.Contains("no token for 1 of the 256 bytes",
            Refusal(json => ((JsonObject)json["model"]!["vocab"]!).Remove("~")));
        Assert.Contains("a second time",
            Refusal(json => json["model"]!["merges"]![3] = json["model"]!["merges"]![2]!.DeepClone()));
        Assert.Contains("no number from 0 to", Refusal(json => json["model"]!["vocab"]!["zzz"] = 1 << 24));
        Assert.Contains("has no model", Refusal(json => json["model"] = null));
    }

    [Fact]
    public void A_rank_file_lists_its_faulty_lines()
    {
        Save();
        var path = _folder[TokenizerFiles.RankName];
        File.WriteAllText(path, "IQ== 0\nIg==\n*** 2\nIw== -1\nJA== 0\n");
        var said = Assert.Throws<DataException>(() => TokenizerFiles.Load(path, PreSplit.Gpt2)).Problems;
        Assert.Equal(4, said.Count);
        Assert.Contains("line 2: is not a token", said[0]);
        Assert.Contains("line 3: '***' is not base 64", said[1]);
        Assert.Contains("line 4: '-1' is no rank", said[2]);
        Assert.Contains("line 5: rank 0 is given twice", said[3]);
        File.WriteAllText(path, "IQ== 0\n");
        Assert.Contains("no token for 242 of the 256 bytes",
            Assert.Throws<DataException>(() => TokenizerFiles.Load(path, PreSplit.Gpt2)).Message);
    }

    [Fact]
    public void A_file_without_an_end_of_document_gets_one_and_keeps_its_numbers()
    {
        var tokenizer = Save();
        var path = _folder[TokenizerFiles.HuggingFaceName];
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["added_tokens"]!.AsArray().RemoveAt(1);
        ((JsonObject)json["model"]!["vocab"]!).Remove("<|endoftext|>");
        File.WriteAllText(path, json.ToJsonString());
        var read = TokenizerFiles.Load(path);
        Assert.Equal((400, 399), (read.Vocabulary, read.EndOfDocument));
        var text = Samples.Prose(7, 300);
        Assert.Equal(tokenizer.Encode(text), read.Encode(text));
    }

    [Fact]
    public void Data_are_prepared_with_a_tokenizer_of_a_file_and_known_by_its_content()
    {
        var tokenizer = Save();
        Directory.CreateDirectory(_folder["copy"]);
        foreach (var name in new[] { TokenizerFiles.HuggingFaceName, TokenizerFiles.RankName })
            File.Copy(_folder[name], _folder[$"copy/{name}"]);
        var corpus = new TextFiles([Samples.Documents(_folder, 40)]);
        PreparedData Prepare(TokenizerRequest request) =>
            DataPreparation.Prepare(new(corpus, request), _folder["state"], null, default);

        var one = Prepare(new("file", 0) { Path = _folder[TokenizerFiles.HuggingFaceName] });
        var same = Prepare(new("file", 0) { Path = _folder["copy/tokenizer.json"] });
        Assert.Equal((tokenizer.Hash, one.Folder), (one.TokenizerHash, same.Folder));
        Assert.Equal(tokenizer.Hash, one.LoadTokenizer().Hash);
        Assert.True(File.Exists(Path.Combine(one.Folder, TokenizerFiles.RankName)));
        var gpt2 = Prepare(new("gpt2", 0));
        Assert.Equal(50257, gpt2.Vocabulary);
        Assert.Equal(BuiltInTokenizers.Find("gpt2")!.Hash, gpt2.LoadTokenizer().Hash);
        var ranks = new TokenizerRequest("file", 0) { Path = _folder[TokenizerFiles.RankName] };
        Assert.Contains("give its pattern", Assert.Throws<DataException>(() => Prepare(ranks)).Message);
        Assert.Equal(400 - 1, Prepare(ranks with { Pattern = "cl100k" }).Vocabulary);
        Assert.Contains("no tokenizer 'words'",
            Assert.Throws<DataException>(() => Prepare(new("words", 0))).Message);
    }
}
