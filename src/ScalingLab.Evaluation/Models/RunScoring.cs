using ScalingLab.Data.Exchange;
using ScalingLab.Evaluation.Tasks;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Evaluation.Models;

/// <summary>Scores a run's model on the tasks that its sweep asks for: what is kept of it, whoever asks.</summary>
public static class RunScoring
{
    /// <summary>The score of one task.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The task.</param>
    /// <param name="dataFolder">The run's prepared data.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="InputException">The task's file cannot be read or does not fit the model: every
    /// problem.</exception>
    public static async Task<TaskScore> ScoreAsync(
        IAskedModel model, RunTask task, string dataFolder, CancellationToken stop)
    {
        var how = new Decoding(task.Tokens, Temperature: 0, TopK: 0, TopP: 1, Seed: 1, [model.Text.End]);
        var result = task.File is { } file
            ? await TaskEvaluation.RunAsync(model, TaskReader.Read(file, task.Limit), how, stop).ConfigureAwait(false)
            : await WritingEvaluation.RunAsync(
                model, Beginnings(task, model.Text, dataFolder), task.PromptTokens, how, stop).ConfigureAwait(false);
        return new TaskScore(task.Name, result.Kind, task.Key, result.Documents, result.Metrics);
    }

    /// <summary>Checks that models of a text can be asked all that a sweep asks of them.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="text">How texts become tokens for them.</param>
    /// <param name="context">Tokens that the least of them reads at once.</param>
    /// <param name="dataFolder">Their prepared data.</param>
    /// <returns>Every problem with its place.</returns>
    public static IReadOnlyList<Problem> Problems(
        IReadOnlyList<RunTask> tasks, ModelText text, int context, string dataFolder)
    {
        var problems = new List<Problem>();
        foreach (var (at, task) in tasks.Index())
            problems.Collect(() => Require($"evaluate[{at}]", task, text, context, dataFolder));
        return problems;
    }

    private static void Require(string place, RunTask task, ModelText text, int context, string dataFolder)
    {
        if (task.File is { } file)
        {
            var read = TaskReader.Read(file, task.Limit);
            TaskEvaluation.Questions(text, context, read);
            if (read.Documents[0] is AnswerDocument && task.Tokens >= context)
                throw new InputException($"{place}.tokens", $"is {task.Tokens}; less than the models' context of "
                    + $"{context} is expected");
        }
        else if (task.PromptTokens + task.Tokens > context)
            throw new InputException($"{place}.promptTokens", $"{task.PromptTokens} tokens and {task.Tokens} more "
                + $"(tokens) do not fit the models' context of {context}");
        else Beginnings(task, text, dataFolder);
    }

    private static IReadOnlyList<int[]> Beginnings(RunTask task, ModelText text, string dataFolder)
    {
        var length = task.PromptTokens + task.Tokens;
        var texts = HeldOutTexts.Read(dataFolder, text.Tokenizer.EndOfDocument, length, task.Limit ?? int.MaxValue);
        return texts.Count > 0 ? texts
            : throw new InputException(task.Name, $"no held-out document has {length} tokens; lower promptTokens or "
                + "tokens");
    }
}
