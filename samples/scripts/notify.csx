// Tells a web server about each file, as JSON. The address is an option of the step:  { script: notify.csx, url: 'https://example.org/recorded' }
using System.Net.Http;
using System.Net.Http.Json;

if (!Step.Options.TryGetValue("url", out var url))
    throw new ScriptException("the step has no option 'url'; add the address to notify");
var request = new HttpRequestMessage(HttpMethod.Post, url)
{
    Content = JsonContent.Create(new
    {
        recording = Recording.Id,
        application = Recording.Application,
        stream = Recording.Stream,
        path = File.Path,
        bytes = File.Bytes,
        seconds = File.Duration.TotalSeconds,
        startedAt = File.StartedAt,
    }),
};
// A step is done at least once: the receiver knows a second time by this.
request.Headers.Add("Idempotency-Key", Step.Id.ToString());
var answer = await Http.SendAsync(request, Cancellation);
// Anything but 2xx is an exception, and the step is tried again later.
answer.EnsureSuccessStatusCode();
return $"{url} answered {(int)answer.StatusCode}";
